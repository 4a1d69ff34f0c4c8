"""What closes something is in the journal outside before the answer leaves; a journal that was cut is noticed."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.db import connection, transaction

from consents.access import services as access
from consents.core.canonical import canonical
from consents.core.signing import public_keys
from consents.ledger import checkpoints, journal, selectors, services
from consents.ledger.models import Entry, Unjournalled
from consents.ledger.rules import CLOSING, PORTAL, LogWhat, closes
from consents.ledger.services import journalling
from consents.people import services as people
from tests.cast import answer, ask
from tests.ledger.test_append_only import append


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PORTAL_JOURNAL = tmp_path / "outside" / "journal"
    return settings.PORTAL_JOURNAL


def events(folder) -> list[str]:
    return [json.loads(line.entry)["event"] for line in journal.lines(folder)]


def close(number: int = 0) -> None:
    append(None, event="staff.ended", object=str(number))


def test_a_stop_and_a_no_are_in_it_and_a_yes_is_not(real_world, folder):
    allowed = answer(real_world, ask(real_world, "orders"), "all")
    assert events(folder) == []

    access.stop(request=allowed.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)
    answer(real_world, ask(real_world, "contact", member=real_world.kim), "none")

    assert events(folder) == ["grant.ended", "access_request.answered"]
    assert not Unjournalled.objects.exists()


def test_it_holds_the_entry_as_it_was_hashed(real_world, folder):
    people.end_staff(member=real_world.kim, by=PORTAL)

    [line] = journal.lines(folder)
    entry = Entry.objects.get(event="staff.ended")
    assert (line.entry, line.hash) == (entry.canonical, bytes(entry.hash).hex())


@pytest.mark.parametrize("entry", ['{"a":"b"}', "\x00\x1f\x7f\u2028\ud7ff", 'é"\\/\b\f\n\r\t', "\U0001f600"], ids=ascii)
def test_a_line_is_canonical(entry):
    line = journal.Line(12, entry, "ab" * 32, "cd" * 32)

    assert line.text == canonical(vars(line)).decode()


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

    assert services.catch_up() == 1 and services.catch_up() == 0
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
        patch.setattr(journal, "held", crashing_after_the_line(journal.held))
        with transaction.atomic():
            close()
    assert len(list(journal.lines(folder))) == 1

    services.catch_up()

    first, second = journal.lines(folder)
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

    assert len(list(journal.lines(folder))) == 40 and not Unjournalled.objects.exists()


def test_a_thousand_of_one_act_are_written_at_once(transactional_db, folder, monkeypatch):
    synced = []
    monkeypatch.setattr(journal.os, "fsync", synced.append)
    with transaction.atomic():
        for number in range(1000):
            close(number)

    assert len(list(journal.lines(folder))) == 1000
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
        list(journal.lines(folder))


def test_a_line_cut_short_by_a_crash_goes(written, folder):
    written.write_bytes(written.read_bytes() + b'{"entry": "half')
    assert len(list(journal.lines(folder))) == 5

    with transaction.atomic():
        close(6)

    assert len(list(journal.lines(folder))) == 6


def test_how_far_it_goes_is_signed_once(written, folder, outside):
    for _ in range(2):
        services.witness(keys=portal.PORTAL_KEYS, storage=outside)

    name = journal.newest_head(outside)
    sealed = checkpoints.verified(checkpoints.read(outside, name), public_keys(portal.PORTAL_KEYS))
    *_, last = journal.lines(folder)
    assert (sealed.size, sealed.root) == (5, last.head.hash)
    assert len(checkpoints.listed(outside, name.rpartition("/")[0])[1]) == 1
    assert checkpoints.newest(outside) is None and list(checkpoints.kept(outside)) == []


@pytest.mark.parametrize("left", [0, 3])
def test_a_journal_put_back_from_an_older_copy_is_never_signed(written, folder, outside, left):
    """Not even once it has grown past the head that was signed."""
    services.witness(keys=portal.PORTAL_KEYS, storage=outside)
    written.write_text("".join(written.read_text().splitlines(keepends=True)[:left]))

    for _ in range(3):
        with pytest.raises(services.JournalDoesNotFollow):
            services.witness(keys=portal.PORTAL_KEYS, storage=outside)
        with transaction.atomic():
            append(None, event="consent.withdrawn")
        with transaction.atomic():
            append(None, event="consent.withdrawn")

    assert len(list(journal.kept_heads(outside))) == 1


def test_a_signed_head_must_be_ours(written, folder, outside):
    services.witness(keys=portal.PORTAL_KEYS, storage=outside)
    name = journal.newest_head(outside)
    note = checkpoints.read(outside, name)
    outside.delete(name)
    checkpoints.publish(outside, name, note.replace("\n5\n", "\n4\n"))

    with pytest.raises(services.JournalDoesNotFollow):
        services.witness(keys=portal.PORTAL_KEYS, storage=outside)


def test_it_is_read_from_its_end_to_its_beginning(written, folder, monkeypatch):
    forwards = list(journal.lines(folder))

    for piece in (1, 7, 65_536):
        monkeypatch.setattr(journal, "PIECE", piece)
        with journal.held(folder) as file:
            assert list(file.backwards()) == forwards[::-1]


def test_a_line_longer_than_what_is_read_at_once_stops_nothing(transactional_db, folder):
    for _ in range(2):
        with transaction.atomic():
            append(None, event="staff.ended", details={"x": "y" * 200_000})

    assert services.catch_up() == 0 and len(list(journal.lines(folder))) == 2


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
    return list(selectors.journal_faults(folder, outside, public_keys(portal.PORTAL_KEYS)))


def test_an_entry_whose_note_was_taken_away_is_told_of_and_made_good(note_taken_away, folder, outside, capsys):
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "Entry company/2 closed something, but the journal outside does not tell of it" in capsys.readouterr().out

    assert services.make_good() == 1 and services.make_good() == 0

    assert events(folder) == ["staff.ended"] * 2 and faults(folder, outside) == []
    call_command("verify_ledger")


def test_what_waits_and_what_does_not_close_is_no_fault(transactional_db, folder, outside, monkeypatch):
    monkeypatch.setattr(journalling, "catch_up", lambda: None)
    with transaction.atomic():
        for event, outcome in (("staff.ended", ""), ("grant.ended", "time"), ("access_request.answered", "approved")):
            append(None, event=event, outcome=outcome)

    assert Unjournalled.objects.count() == 1 and faults(folder, outside) == [] and services.make_good() == 0


def test_a_journal_that_was_cut_changed_or_lost_is_told_of(written, folder, outside):
    services.witness(keys=portal.PORTAL_KEYS, storage=outside)
    assert faults(folder, outside) == []
    whole = written.read_text()

    written.write_text("".join(whole.splitlines(keepends=True)[:3]))
    assert [fault.what for fault in faults(folder, outside)] == [LogWhat.JOURNAL_CUT, LogWhat.NOT_JOURNALLED]
    written.write_text(whole.replace("staff.ended", "staff.added", 1))
    assert [fault.what for fault in faults(folder, outside)] == [LogWhat.JOURNAL_BROKEN]
    written.unlink()
    assert [fault.what for fault in faults(folder, outside)] == [LogWhat.JOURNAL_CUT, LogWhat.NOT_JOURNALLED]


def test_readiness_tells_of_a_journal_that_is_late_and_goes_on(transactional_db, client, monkeypatch, later):
    monkeypatch.setattr(journalling, "catch_up", lambda: None)
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
        assert noted == closes(event, outcome), (event, outcome)
