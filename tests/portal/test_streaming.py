"""A long response takes its reader's pace, and ends when the reader goes away."""

import re
import threading
from pathlib import Path

import psycopg
import pytest

from consents.exports import selectors
from consents.exports.models import ExportResult
from portal import streaming
from portal.streaming import ReaderGone, write_through_pipe
from tests.waiting import PATIENCE
from tests.world import exports
from tests.world.cast import signed_in

PIECE = b"x" * 65536


def test_what_is_written_arrives():
    arrived: list[bytes] = []
    reader: list[threading.Thread] = []

    def begin(path: str) -> None:
        reader.append(threading.Thread(target=lambda: arrived.append(Path(path).read_bytes())))
        reader[0].start()

    write_through_pipe([PIECE, b"", b"end"], begin)
    reader[0].join(PATIENCE)

    assert arrived == [PIECE + b"end"]


def test_a_slow_reader_fills_no_memory_and_is_given_up(monkeypatch):
    monkeypatch.setattr(streaming, "SEND_SECONDS", 0.1)
    made: list[int] = []
    held = threading.Event()

    def make():
        for number in range(1000):
            made.append(number)
            yield PIECE

    with pytest.raises(ReaderGone):
        write_through_pipe(make(), lambda path: hold_open(path, held))

    held.set()
    assert len(made) < 4


def test_it_ends_when_the_reader_goes_away():
    def begin(path: str) -> None:
        threading.Thread(target=lambda: Path(path).open("rb").close()).start()

    with pytest.raises(ReaderGone):
        write_through_pipe((PIECE for _ in range(1000)), begin)


def test_what_fails_before_its_first_byte_is_answered_like_any_page(world, monkeypatch):
    export, client = exports.make(world), signed_in(world.otto.user)
    link = re.search(
        r'/admin/exports/export/[^"]+/file/[^"]+', client.get(f"/admin/exports/export/{export.pk}/change/").text
    )
    client.raise_request_exception = False
    monkeypatch.setattr(selectors, "read_ledger_state", lose_connection)

    answer = client.get(link[0])

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not ExportResult.objects.exists()


def lose_connection(connection):
    raise psycopg.OperationalError("server closed the connection unexpectedly")


def test_it_does_not_wait_for_ever_for_a_reader(monkeypatch):
    monkeypatch.setattr(streaming, "OPEN_SECONDS", 0.1)

    with pytest.raises(ReaderGone):
        write_through_pipe([PIECE], lambda path: None)


def hold_open(path: str, held: threading.Event) -> None:
    def hold() -> None:
        with Path(path).open("rb"):
            held.wait(PATIENCE)

    threading.Thread(target=hold).start()
