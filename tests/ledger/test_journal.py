"""What closes something is in the journal outside before the answer leaves; a journal that was cut is noticed."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.db import connection, transaction

from consents.access.services import ending
from consents.core import keys
from consents.core.canonical import encode_canonical
from consents.core.signing import load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.models import Entry, Unjournalled
from consents.ledger.rules import CLOSING, PORTAL, LogFaultKind, is_closing
from consents.ledger.selectors import proofs
from consents.ledger.services import appending
from consents.ledger.services import appending as ledger_journalling
from consents.people.services import staff_members
from tests.ledger.forging import append
from tests.world.cast import answer, ask


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PORTAL_JOURNAL = tmp_path / "outside" / "journal"
    return settings.PORTAL_JOURNAL


def events(folder) -> list[str]:
    return [json.loads(line.entry)["event"] for line in journal.read_journal(folder)]


def close(number: int = 0) -> None:
    append(None, event="staff.ended", object=str(number))


def test_a_stop_and_a_no_are_in_it_and_a_yes_is_not(real_world, folder):
    allowed = answer(real_world, ask(real_world, "orders"), "all")
    assert events(folder) == []

    ending.stop_access(access_request=allowed.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)
    answer(real_world, ask(real_world, "contact", member=real_world.kim), "none")

    assert events(folder) == ["grant.ended", "access_request.answered"]
    assert not Unjournalled.objects.exists()


def test_it_holds_the_entry_as_it_was_hashed(real_world, folder):
    staff_members.end_staff_membership(member=real_world.kim, by=PORTAL)

    [line] = journal.read_journal(folder)
    entry = Entry.objects.get(event="staff.ended")
    assert (line.entry, line.hash) == (entry.canonical, bytes(entry.hash).hex())


@pytest.mark.parametrize("entry", ['{"a":"b"}', "\x00\x1f\x7f\u2028\ud7ff", 'é"\\/\b\f\n\r\t', "\U0001f600"], ids=ascii)
def test_a_line_is_canonical(entry):
    line = journal.Line(12, entry, "ab" * 32, "cd" * 32)

    assert line.text == encode_canonical(vars(line)).decode()


def test_what_was_rolled_back_is_not_in_it(transactional_db, folder):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        close()
        raise ZeroDivisionError

    assert events(folder) == [] and not Unjournalled.objects.exists()


def test_an_act_stands_when_the_journal_cannot_be_written_and_is_made_good(transactional_db, folder, caplog):
    folder.parent.mkdir()
    folder.write_text("in the way")
    with transaction.atomic():
        close()
    assert Entry.objects.count() == 1 and Unjournalled.objects.count() == 1
    assert "Error calling" in caplog.text

    folder.unlink()

    assert ledger_journalling.write_waiting_entries() == 1 and ledger_journalling.write_waiting_entries() == 0
    assert events(folder) == ["staff.ended"] and not Unjournalled.objects.exists()


def crashing_after_the_line(held):
    @contextmanager
    def crashing(folder):
        with held(folder) as file:
            yield file
        raise OSError("crashed")

    return crashing


def test_a_crash_after_the_line_writes_it_twice_never_not_at_all(transactional_db, folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(journal, "open_journal", crashing_after_the_line(journal.open_journal))
        with transaction.atomic():
            close()
    assert len(list(journal.read_journal(folder))) == 1

    ledger_journalling.write_waiting_entries()

    first, second = journal.read_journal(folder)
    assert first.hash == second.hash


def test_many_at_once_make_one_chain(transactional_db, folder):
    def end(number: int) -> None:
        try:
            with transaction.atomic():
                close(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(end, range(40)))

    assert len(list(journal.read_journal(folder))) == 40 and not Unjournalled.objects.exists()


def test_a_thousand_of_one_act_are_written_at_once(transactional_db, folder, monkeypatch):
    synced = []
    monkeypatch.setattr(journal.os, "fsync", synced.append)
    with transaction.atomic():
        for number in range(1000):
            close(number)

    assert len(list(journal.read_journal(folder))) == 1000
    assert len(synced) == 2  # the new file's folder, and the lines


@pytest.fixture
def written(transactional_db, folder):
    for number in range(5):
        with transaction.atomic():
            close(number)
    return folder / journal.NAME


# A cut end is noticed by the signed head alone: see the restore drill.
CHANGES = [
    (line, change) for line in range(5) for change in ("gone", "other", "noise") if (line, change) != (4, "gone")
]


@pytest.mark.parametrize(("line", "change"), CHANGES)
def test_a_changed_journal_is_noticed(written, folder, line, change):
    lines = written.read_text().splitlines(keepends=True)
    lines[line] = {"gone": "", "other": lines[line].replace("staff.ended", "staff.added"), "noise": "{}\n"}[change]
    written.write_text("".join(lines))

    with pytest.raises(journal.JournalBroken):
        list(journal.read_journal(folder))


def test_a_line_cut_short_by_a_crash_goes(written, folder):
    written.write_bytes(written.read_bytes() + b'{"entry": "half')
    assert len(list(journal.read_journal(folder))) == 5

    with transaction.atomic():
        close(6)

    assert len(list(journal.read_journal(folder))) == 6


def test_how_far_it_goes_is_signed_once(written, folder, outside):
    for _ in range(2):
        ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)

    name = journal.find_newest_head(outside)
    sealed = checkpoints.verify_checkpoint(checkpoints.read_note(outside, name), load_public_keys(portal.PORTAL_KEYS))
    *_, last = journal.read_journal(folder)
    assert (sealed.size, sealed.root) == (5, last.head.hash)
    assert len(checkpoints.list_folder(outside, name.rpartition("/")[0])[1]) == 1
    assert checkpoints.find_newest_checkpoint(outside) is None and list(checkpoints.list_checkpoints(outside)) == []


@pytest.mark.parametrize("left", [0, 3])
def test_a_journal_put_back_from_an_older_copy_is_never_signed(written, folder, outside, left):
    """Not even once it has grown past the head that was signed."""
    ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
    written.write_text("".join(written.read_text().splitlines(keepends=True)[:left]))

    for _ in range(3):
        with pytest.raises(ledger_journalling.JournalMismatch):
            ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
        with transaction.atomic():
            append(None, event="consent.withdrawn")
        with transaction.atomic():
            append(None, event="consent.withdrawn")

    assert len(list(journal.list_heads(outside))) == 1


def test_a_signed_head_must_be_ours(written, folder, outside):
    ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
    name = journal.find_newest_head(outside)
    note = checkpoints.read_note(outside, name)
    outside.delete(name)
    checkpoints.create_note(outside, name, note.replace("\n5\n", "\n4\n"))

    with pytest.raises(ledger_journalling.JournalMismatch):
        ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)


def test_it_is_read_from_its_end_to_its_beginning(written, folder, monkeypatch):
    forwards = list(journal.read_journal(folder))

    for piece in (1, 7, 65_536):
        monkeypatch.setattr(journal, "PIECE", piece)
        with journal.open_journal(folder) as file:
            assert list(file.backwards()) == forwards[::-1]


def test_a_line_longer_than_what_is_read_at_once_stops_nothing(transactional_db, folder):
    for _ in range(2):
        with transaction.atomic():
            append(None, event="staff.ended", details={"x": "y" * 200_000})

    assert ledger_journalling.write_waiting_entries() == 0 and len(list(journal.read_journal(folder))) == 2


@pytest.fixture
def note_taken_away(transactional_db, folder):
    """As the application role may, in the very transaction of the act."""
    with transaction.atomic():
        close()
    with transaction.atomic():
        close(1)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_unjournalled")
    assert events(folder) == ["staff.ended"] and Entry.objects.count() == 2


def faults(folder, outside):
    return list(proofs.find_journal_faults(folder, outside, load_public_keys(portal.PORTAL_KEYS)))


def test_an_entry_whose_note_was_taken_away_is_told_of_and_made_good(note_taken_away, folder, outside, capsys):
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "Entry company/2 closed something, but the journal outside does not tell of it" in capsys.readouterr().out

    assert ledger_journalling.write_missing_entries() == 1 and ledger_journalling.write_missing_entries() == 0

    assert events(folder) == ["staff.ended"] * 2 and faults(folder, outside) == []
    call_command("verify_ledger")


def test_what_waits_and_what_does_not_close_is_no_fault(transactional_db, folder, outside, monkeypatch):
    monkeypatch.setattr(appending, "write_waiting_entries", lambda: None)
    with transaction.atomic():
        for event, outcome in (("staff.ended", ""), ("grant.ended", "time"), ("access_request.answered", "approved")):
            append(None, event=event, outcome=outcome)

    assert (
        Unjournalled.objects.count() == 1
        and faults(folder, outside) == []
        and ledger_journalling.write_missing_entries() == 0
    )


def test_a_journal_that_was_cut_changed_or_lost_is_told_of(written, folder, outside):
    ledger_journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
    assert faults(folder, outside) == []
    whole = written.read_text()

    written.write_text("".join(whole.splitlines(keepends=True)[:3]))
    assert [fault.what for fault in faults(folder, outside)] == [LogFaultKind.JOURNAL_CUT, LogFaultKind.NOT_JOURNALLED]
    written.write_text(whole.replace("staff.ended", "staff.added", 1))
    assert [fault.what for fault in faults(folder, outside)] == [LogFaultKind.JOURNAL_BROKEN]
    written.unlink()
    assert [fault.what for fault in faults(folder, outside)] == [LogFaultKind.JOURNAL_CUT, LogFaultKind.NOT_JOURNALLED]


def test_a_line_without_its_code_or_with_anothers_is_noticed(written, folder):
    *kept, last = written.read_text().splitlines(keepends=True)
    facts = json.loads(last)
    for change in ({"mac": ""}, {"key": "9"}, {"mac": "00" * 32}, {"mac": json.loads(kept[-1])["mac"]}):
        written.write_text("".join(kept) + journal.Line(**facts | change).text + "\n")
        with pytest.raises(journal.JournalBroken):
            list(journal.read_journal(folder))


def test_the_key_of_the_journal_rotates(written, folder, monkeypatch, tmp_path):
    shutil.copytree(portal.PORTAL_KEYS, tmp_path / "keys")
    keys.add_key(tmp_path / "keys", "journal")
    monkeypatch.setattr(portal, "KEYRING", keys.load_keyring(tmp_path / "keys"))
    with transaction.atomic():
        close(5)

    used = [line.key for line in journal.read_journal(folder)]

    assert len(used) == 6 and used[-1] == portal.KEYRING.journal_current != used[0]


def test_an_entry_that_only_the_journal_knows_is_named(written, folder, outside, tamper):
    assert faults(folder, outside) == []

    tamper(
        "DELETE FROM ledger_entry WHERE sequence = 5",
        "UPDATE ledger_chainhead SET sequence = 4, hash = (SELECT hash FROM ledger_entry WHERE sequence = 4)",
    )

    [fault] = faults(folder, outside)
    assert (fault.what, fault.entry) == (LogFaultKind.NOT_IN_LEDGER, "company/5")


def test_an_entry_rewritten_after_it_was_journalled_is_named(written, folder, outside, tamper):
    tamper("UPDATE ledger_entry SET hash = sha256('x') WHERE sequence = 3")

    assert {fault.what for fault in faults(folder, outside)} == {
        LogFaultKind.NOT_JOURNALLED,
        LogFaultKind.NOT_IN_LEDGER,
    }


def test_an_entry_that_waits_for_too_long_is_named(transactional_db, folder, outside, monkeypatch, later):
    monkeypatch.setattr(appending, "write_waiting_entries", lambda: None)
    with transaction.atomic():
        close()
    assert faults(folder, outside) == []

    later(timedelta(minutes=3))

    [fault] = faults(folder, outside)
    assert (fault.what, fault.entry) == (LogFaultKind.JOURNAL_LATE, "company/1")


def test_readiness_tells_of_a_journal_that_is_late_and_goes_on(transactional_db, client, monkeypatch, later):
    monkeypatch.setattr(appending, "write_waiting_entries", lambda: None)
    with transaction.atomic():
        close()
    assert client.get("/readyz").json()["journal"] == "ok"

    later(timedelta(minutes=3))

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["journal"]) == (200, "late")


def test_the_database_notes_what_the_rules_call_closing(transactional_db):
    outcomes = ["", "time", "stopped", "approved", "partly_approved", "denied", "material", "weekly", "never"]
    tried = [(event, outcome) for event in [*CLOSING, "vault.opened", "consent.given"] for outcome in outcomes]
    for event, outcome in tried:
        with transaction.atomic():
            append(None, event=event, outcome=outcome)
            noted = Unjournalled.objects.exists()
        assert noted == is_closing(event, outcome), (event, outcome)
