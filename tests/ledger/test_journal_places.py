"""The journal as a file and as objects in a storage: who comes too late says so, and nothing changed is read."""

import fcntl
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from consents.ledger import journal
from consents.ledger.journal import JournalBroken, JournalBusy, StoredJournal
from consents.ledger.rules import EventWords, register_events, registered
from consents.ledger.services import appending, sealing

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
