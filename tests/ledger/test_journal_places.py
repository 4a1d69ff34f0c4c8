"""Checkpoints kept in an S3-like place: sealed, found again, compared with, and missed when it does not answer."""

import fcntl
import os
from collections.abc import Callable, Iterator
from functools import cache
from uuid import uuid4

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from consents.ledger import checkpoints, journal
from consents.ledger.journal import (
    JournalBroken,
    JournalBusy,
    StoredJournal,
    get_journal_place,
    open_journal,
    read_journal,
    read_last_lines,
)
from consents.ledger.rules import EventWords, hash_entry, register_events, registered
from consents.ledger.services import appending, sealing
from tests.ledger.forging import ADA, ALL, REHASH, RESEAL, add, claims

# The journal as a file and as objects in a storage: who comes too late says so, and nothing changed is read.

ENTRIES = [("{}", bytes(32)), ("[]", bytes(32))]


@pytest.fixture
def lines() -> list[bytes]:
    return journal.build_lines(journal.EMPTY, [*ENTRIES, *ENTRIES]).splitlines()


@pytest.fixture
def held(tmp_path, monkeypatch):
    """The descriptor of a journal that another process holds, and the one that is asked for it."""
    monkeypatch.setattr(journal, "PAUSE", 0)
    other, mine = journal.create_journal(tmp_path), os.open(tmp_path / journal.NAME, os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    yield other, mine
    os.close(mine)
    os.close(other)


def test_who_waits_for_the_file_in_vain_is_told(held, monkeypatch):
    monkeypatch.setattr(journal, "WAIT_SECONDS", 0.001)

    with pytest.raises(JournalBusy, match="held by another process"):
        journal.lock_journal(held[1])


def test_who_waits_for_the_file_gets_it_once_it_is_free(held, monkeypatch):
    monkeypatch.setattr(journal.time, "sleep", lambda _seconds: fcntl.flock(held[0], fcntl.LOCK_UN))

    journal.lock_journal(held[1])

    with pytest.raises(BlockingIOError):
        fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_who_is_always_too_late_in_a_storage_is_told_and_has_written_nothing():
    storage = InMemoryStorage()
    StoredJournal(storage).append(ENTRIES)
    late = StoredJournal(storage)
    late.head = lambda: journal.EMPTY  # of a moment ago, whenever it looks

    with pytest.raises(JournalBusy, match="written by others"):
        late.append(ENTRIES)

    assert [line.number for line in journal.read_last_lines(storage, 9)] == [2, 1]


@pytest.mark.parametrize("gone", [1, 2])
def test_a_line_that_does_not_follow_the_one_before_is_noticed(lines, gone):
    assert [line.number for line in journal.check_backwards(reversed(lines))] == [4, 3, 2, 1]
    del lines[gone]

    with pytest.raises(JournalBroken, match=f"Line {gone + 2} of the journal does not follow"):
        list(journal.check_backwards(reversed(lines)))


def test_a_line_is_read_only_as_it_is_written(lines):
    line = lines[0].decode()
    assert journal.parse_line(line).text == line
    for other in (line.replace(":", ": ", 1), f" {line}", line.replace("{}", "\\u007b}"), "7"):
        with pytest.raises(JournalBroken, match="damaged"):
            journal.parse_line(other)


def test_no_room_says_another_word_of_an_event():
    event = next(iter(registered))
    before = registered[event]

    with pytest.raises(ImproperlyConfigured, match=event):
        register_events({event: EventWords("Something else"), "never.happened": EventWords("x")})

    assert registered[event] is before and "never.happened" not in registered


def test_what_waits_is_written_batch_by_batch_until_a_batch_is_not_full(monkeypatch):
    batches = [2, 2, 1]
    monkeypatch.setattr(appending, "BATCH", 2)
    monkeypatch.setattr(appending, "has_waiting_entries", lambda: True)
    monkeypatch.setattr(appending, "write_waiting_batch", lambda: batches.pop(0))

    assert appending.write_waiting_entries() == 5 and not batches


@pytest.mark.parametrize(("cause", "refusal"), [(LockNotAvailable(), sealing.SealingBlocked), (None, OperationalError)])
def test_a_run_that_another_one_blocks_is_told_from_a_database_that_fails(cause, refusal):
    class Cursor:
        def execute(self, *_of: object) -> None:
            raise OperationalError from cause

    with pytest.raises(refusal):
        sealing.lock_sealing(Cursor())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # longer than a test takes, in every worker that collects this file

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="module")
def one_session() -> Iterator[None]:
    """Each session would read anew what Amazon's client knows of S3: longer than a test takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boto3, "Session", cache(boto3.Session))
        yield


@pytest.fixture
def keep_in(settings, server, one_session) -> Callable[..., Storage]:
    """Keep checkpoints in the bucket; the options are those of PORTAL_CHECKPOINTS_OPTIONS."""
    options = {
        "bucket_name": "checkpoints",
        "endpoint_url": server,
        "region_name": "us-east-1",
        "access_key": "a",
        "secret_key": "s",
        "location": "portal",
    }

    def use(**changes) -> Storage:
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | changes}
        settings.STORAGES = settings.STORAGES | {"checkpoints": backend}
        return storages["checkpoints"]

    return use


@pytest.fixture
def outside(keep_in) -> Iterator[Storage]:
    """An empty bucket."""
    storage = keep_in()
    storage.connection.create_bucket(Bucket="checkpoints")
    yield storage
    storage.bucket.objects.all().delete()
    storage.bucket.delete()


@pytest.fixture
def journal_there(settings, outside) -> Storage:
    """The journal in the same bucket, as with PORTAL_JOURNAL_BACKEND."""
    settings.STORAGES = settings.STORAGES | {"journal": settings.STORAGES["checkpoints"]}
    place = get_journal_place()
    assert isinstance(place, Storage)
    return place


def closing_entries(number: int) -> list[tuple[str, bytes]]:
    return [(text, hash_entry(text)) for text in (f'{{"n":"{uuid4()}"}}' for _ in range(number))]


def verify(capsys, *options: str) -> list[str]:
    """What the command says; None of it when all is whole."""
    try:
        call_command("verify_ledger", *options)
    except SystemExit as ended:
        assert ended.code == 1  # noqa: PT017 -- the command may end in either way
        return capsys.readouterr().out.splitlines()
    assert "all of them whole" in capsys.readouterr().out
    return []


def test_it_seals_run_after_run(sealed, seal, outside):
    add(3)
    seal()
    assert [claim.size for claim in claims(outside)] == [8, 11]
    assert checkpoints.find_newest_checkpoint(outside) == list(checkpoints.list_checkpoints(outside))[-1]


def test_a_checkpoint_there_is_never_written_over(sealed, outside):
    (name,) = checkpoints.list_checkpoints(outside)
    before = checkpoints.read_note(outside, name)
    checkpoints.create_note(outside, name, "other")
    assert checkpoints.read_note(outside, name) == before


def test_of_two_writers_at_one_moment_one_gets_the_name(outside, monkeypatch):
    """Both have seen that nothing is there."""
    monkeypatch.setattr(outside, "exists", lambda name: False)

    assert checkpoints.create_note(outside, "day/one", "mine")
    assert not checkpoints.create_note(outside, "day/one", "yours")
    assert checkpoints.read_note(outside, "day/one") == "mine"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("NotImplemented", "knows no conditional writes"), ("AccessDenied", r"be used \(ClientError\)")],
)
def test_a_place_that_knows_no_conditional_writes_or_refuses_is_told(outside, monkeypatch, code, sentence):
    speak = BaseClient._make_api_call

    def refuse(self, operation: str, parameters: dict):
        if operation == "PutObject":
            raise ClientError({"Error": {"Code": code}}, operation)
        return speak(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    with pytest.raises(checkpoints.StorageUnavailable, match=sentence):
        checkpoints.create_note(outside, "day/one", "mine")


def test_the_journal_is_kept_there_line_by_line(journal, outside, journal_there):
    assert appending.write_missing_entries() == 0  # nothing of the fixture closed anything
    with open_journal(journal_there) as file:
        file.append(closing_entries(2))
        file.append(closing_entries(1))

    assert [line.number for line in read_journal(journal_there)] == [1, 2, 3]
    assert [line.number for line in read_last_lines(journal_there, 2)] == [3, 2]
    with open_journal(journal_there) as file:
        assert file.head().number == 3


def test_two_machines_cannot_fork_the_journal_there(outside, journal_there, monkeypatch):
    """Each has read the same end; the later one writes behind the other."""
    mine, yours = StoredJournal(journal_there), StoredJournal(journal_there)
    stale = iter([yours.head()])
    fresh = yours.head
    monkeypatch.setattr(yours, "head", lambda: next(stale, None) or fresh())
    mine.append(closing_entries(1))

    yours.append(closing_entries(1))

    assert [line.number for line in read_journal(journal_there)] == [1, 2]


def test_a_changed_object_of_the_journal_is_noticed(outside, journal_there):
    StoredJournal(journal_there).append(closing_entries(2))
    name = next(StoredJournal(journal_there).list_names())
    [first, second] = StoredJournal(journal_there).read_lines(name)
    journal_there.delete(name)
    journal_there.save(name, ContentFile(second + b"\n" + first + b"\n"))

    with pytest.raises(JournalBroken):
        list(read_journal(journal_there))


def test_the_ledger_is_compared_with_what_is_kept_there(sealed, seal, outside, capsys):
    add(3)
    seal()
    day, _, first = next(checkpoints.list_checkpoints(outside)).partition("/")

    assert verify(capsys) == verify(capsys, "--against", f"{day}/{first}") == verify(capsys, "--against", day) == []


def test_a_database_rolled_back_behind_its_checkpoint_is_reported(sealed, seal, outside, tamper, capsys):
    add(3)
    seal()
    (*_, newest) = checkpoints.list_checkpoints(outside)
    tamper(
        "DELETE FROM ledger_leaf WHERE leaf_index >= 8",
        "DELETE FROM ledger_checkpoint WHERE size > 8",
    )
    cut = f"The log ends before place 8; {newest} was taken of a longer one: cut or rolled back."
    assert cut in verify(capsys) and cut in verify(capsys, "--against", newest)


def test_a_history_written_anew_is_told(sealed, outside, tamper, capsys):
    """Even the database's own checkpoints are gone: only the one kept there still knows."""
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE chain = '{ADA}'", REHASH, RESEAL, "TRUNCATE ledger_checkpoint")
    (name,) = checkpoints.list_checkpoints(outside)
    assert any(f"history is not the one that {name} was taken of" in line for line in verify(capsys))


@pytest.mark.parametrize("keep", [0, 60, -1])
def test_a_truncated_checkpoint_is_told(sealed, outside, keep, capsys):
    (name,) = checkpoints.list_checkpoints(outside)
    note = checkpoints.read_note(outside, name)
    outside.delete(name)
    checkpoints.create_note(outside, name, note[:keep])
    assert f"Checkpoint {name} is damaged or not signed by us." in verify(capsys)


def test_an_empty_database_beside_it_is_told(sealed, outside, tamper, capsys):
    tamper(f"TRUNCATE {ALL}")
    assert verify(capsys)[0].startswith("The ledger is empty, but ")


@pytest.mark.parametrize("command", ["seal_ledger", "verify_ledger"])
@pytest.mark.parametrize("wrong", [{"bucket_name": "elsewhere"}, {"endpoint_url": "http://127.0.0.1:9"}], ids=str)
def test_a_place_out_of_reach_is_told_in_a_sentence(journal, keep_in, command, wrong):
    keep_in(**wrong, client_config=Config(retries={"max_attempts": 0}))
    with pytest.raises(CommandError, match=r"^The place of the checkpoints cannot be used \(\w+\)\.$") as refused:
        call_command(command)
    assert refused.value.returncode == 2


def test_a_kept_name_that_nobody_kept_is_nothing_to_compare_with(sealed, outside):
    with pytest.raises(CommandError, match="no checkpoint where") as refused:
        call_command("verify_ledger", "--against", "2020-01-01")
    assert refused.value.returncode == 2
