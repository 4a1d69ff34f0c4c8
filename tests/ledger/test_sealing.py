"""The sealing job gives every committed entry one place, late ones too, and keeps a signed checkpoint outside."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from consents.ledger import checkpoints, sealers, tasks
from consents.ledger.merkle import compute_root, hash_leaf
from consents.ledger.models import Checkpoint, Entry, Leaf
from consents.ledger.selectors import timelines
from consents.ledger.services import appending, sealing
from consents.ledger.services import sealing as ledger_sealing
from consents.ledger.services.sealing import LedgerMismatch, SealedElsewhere, SealingResult
from consents.ops.running import from_outside
from tests.ledger.forging import ADA, BEN, add, append, claims, refused
from tests.waiting import PATIENCE


def test_every_entry_gets_its_place(sealed):
    texts = dict(Entry.objects.values_list("id", "canonical"))
    leaves = list(Leaf.objects.order_by("leaf_index").values_list("leaf_index", "entry", "hash"))
    assert [index for index, _, _ in leaves] == list(range(8))
    assert {entry for _, entry, _ in leaves} == set(texts)
    assert all(bytes(hash) == hash_leaf(texts[entry].encode()) for _, entry, hash in leaves)


def test_a_signed_checkpoint_lies_outside(sealed, outside):
    (claim,) = claims(outside)
    leaves = [bytes(hash) for hash in Leaf.objects.order_by("leaf_index").values_list("hash", flat=True)]
    assert (claim.size, claim.root, claim.origin) == (8, compute_root(leaves), "localhost:8000/ledger")


def test_nothing_new_makes_no_checkpoint(sealed, seal, outside):
    assert seal() == SealingResult(0, 8)
    assert len(claims(outside)) == Checkpoint.objects.count() == 1


def test_an_empty_ledger_has_nothing_to_seal(transactional_db, seal, outside):
    assert seal() == SealingResult(0, 0)
    assert not claims(outside)


def test_it_carries_on_run_after_run(sealed, seal, outside):
    for _ in range(3):
        add(3)
        seal()
    leaves = [bytes(hash) for hash in Leaf.objects.order_by("leaf_index").values_list("hash", flat=True)]
    assert [(claim.size, claim.root) for claim in claims(outside)] == [
        (size, compute_root(leaves[:size])) for size in (8, 11, 14, 17)
    ]


@pytest.mark.parametrize("batch", [1, 3, 4, 8])
def test_small_batches_leave_nothing_behind(journal, seal, monkeypatch, batch):
    monkeypatch.setattr(sealing, "BATCH", batch)
    assert seal() == SealingResult(8, 8)
    add(2)
    assert seal() == SealingResult(2, 10)


def test_ordinary_runs_read_new_entries_alone(sealed, seal):
    """Once nothing that was in sight is undecided, sealing starts behind it.

    A transaction of any other database of the server is in sight too, so it may take some runs until none is.
    """
    for _ in range(100):
        add()
        seal()
        newest = Entry.objects.latest("id").id
        if Checkpoint.objects.latest("size").settled == newest - 1:
            return
    pytest.fail("Sealing read again what was settled long ago.")


def test_an_entry_that_commits_late_is_sealed_later(sealed, seal):
    """A lower id than others that are sealed already: no writer is waited for, and none is forgotten."""
    written, may_commit = Event(), Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                append(BEN)
                written.set()
                may_commit.wait(PATIENCE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write_slowly)
        assert written.wait(PATIENCE)
        for _ in range(3):
            add()
            assert seal().sealed == 1
        may_commit.set()
        slow.result()

    assert seal() == SealingResult(1, 12)
    late = Leaf.objects.latest("leaf_index").entry
    assert late < Entry.objects.latest("id").id
    assert Entry.objects.get(pk=late).customer == BEN


def test_two_runs_at_once_step_aside_for_each_other(journal, seal):
    def run(_) -> int:
        try:
            return seal().sealed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 8
    assert Leaf.objects.count() == 8


def test_a_checkpoint_that_was_not_written_is_written_by_the_next_run(sealed, seal, outside):
    (name,) = checkpoints.list_checkpoints(outside)
    outside.delete(name)
    seal()
    assert list(checkpoints.list_checkpoints(outside)) == [name]


def test_a_checkpoint_is_never_written_over(sealed, outside):
    (name,) = checkpoints.list_checkpoints(outside)
    before = checkpoints.read_note(outside, name)
    checkpoints.create_note(outside, name, "other")
    assert checkpoints.read_note(outside, name) == before


def test_it_does_not_seal_on_after_a_rollback(sealed, seal, tamper):
    tamper("TRUNCATE ledger_entry, ledger_chainhead, ledger_leaf, ledger_checkpoint")
    add(3)
    with pytest.raises(LedgerMismatch):
        seal()
    assert not Leaf.objects.exists()


def test_it_does_not_seal_on_beside_a_damaged_checkpoint(sealed, seal, outside):
    (name,) = checkpoints.list_checkpoints(outside)
    outside.delete(name)
    checkpoints.create_note(outside, name, "x")
    with pytest.raises(LedgerMismatch):
        seal()


def test_the_application_may_only_add(sealed):
    for table in ("ledger_leaf", "ledger_checkpoint"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL"):
            refused(statement)
    refused("UPDATE ledger_leaf SET entry = 0")


def test_the_job_and_the_command_seal(journal, capsys):
    tasks.seal_ledger(0)
    call_command("seal_ledger")
    assert capsys.readouterr().out == "0 entries sealed; the log has 8.\n"


def test_the_command_refuses_with_a_sentence(sealed, tamper):
    tamper("TRUNCATE ledger_entry, ledger_chainhead, ledger_leaf, ledger_checkpoint")
    with pytest.raises(Exception, match="Nothing was sealed") as refused:
        call_command("seal_ledger")
    assert refused.value.returncode == 1


def test_it_refuses_to_run_inside_an_act(transactional_db, outside):
    with transaction.atomic(), pytest.raises(RuntimeError):
        ledger_sealing.seal_entries(keys=portal.PORTAL_KEYS, storage=outside)


def test_how_long_an_entry_waits_is_found_among_what_follows_the_last_checkpoint(sealed, later):
    """However many entries and checkpoints there are: a portal that is watched is asked every few seconds."""
    assert timelines.measure_wait_for_sealing() == 0
    add(2)
    later(timedelta(minutes=2))

    assert 120 <= timelines.measure_wait_for_sealing() < 120 + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        plans = [explain(cursor, timelines.SETTLED), explain(cursor, timelines.WAITED.replace("%s", "8"))]
        cursor.execute("RESET enable_seqscan")
    assert "Backward using ledger_checkpoint_pkey" in plans[0] and "Index Cond: (id > 8)" in plans[1]


def explain(cursor, statement: str) -> str:
    cursor.execute(f"EXPLAIN {statement}")
    return " ".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def be_another(monkeypatch) -> None:
    """From now on this is another database: restored from a backup, say."""

    def change() -> None:
        monkeypatch.setattr(sealing, "identify_database", lambda: "another/1")

    return change


def test_a_copy_of_the_database_does_not_seal_into_the_same_place(sealed, seal, outside, be_another):
    be_another()
    add(1)
    with pytest.raises(SealedElsewhere, match="If this one is a copy"):
        seal()
    with pytest.raises(CommandError, match="take-over"):
        call_command("seal_ledger")

    assert [claim.size for claim in claims(outside)] == [8]


def test_it_can_take_over_and_then_the_first_one_serves_nobody(sealed, seal, outside, be_another, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr(sealing, "identify_database", lambda: "another/1")
        add(1)
        call_command("seal_ledger", "--take-over")
        assert from_outside.compare_with_outside() == "ok"

    assert from_outside.compare_with_outside() == "replaced"
    with pytest.raises(ImproperlyConfigured, match="does not start: another database seals"):
        from_outside.check_outside()
    with pytest.raises(SealedElsewhere):
        seal()


def test_of_two_that_take_over_at_once_one_does(sealed, outside, be_another, monkeypatch):
    be_another()
    monkeypatch.setattr(sealers, "publish_sealer", lambda *_: False)  # the other one has the number
    with pytest.raises(SealedElsewhere):
        sealing.take_sealing_over(keys=portal.PORTAL_KEYS, storage=outside)


def test_a_statement_that_is_not_ours_stops_sealing(sealed, seal, outside):
    checkpoints.create_note(outside, "sealers/000002.sealer", "portal/sealers\n2\nmine\n\nnobody\n")
    with pytest.raises(SealedElsewhere):
        seal()


def test_a_machine_with_a_journal_of_its_own_is_not_ready(sealed, outside, settings, tmp_path):
    """Two hosts that kept the default folder: each would write its own."""
    add(1, customer=ADA)
    appending.write_missing_entries()
    with appending.journal.open_journal(settings.PORTAL_JOURNAL) as file:
        file.append([('{"event":"x"}', b"x" * 32)])
    appending.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
    settings.PORTAL_JOURNAL = tmp_path / "of the other machine"

    watch = from_outside.OutsideWatch()
    assert watch.describe() == "elsewhere" and not watch.is_closed
    with pytest.raises(ImproperlyConfigured, match="another machine writes another"):
        from_outside.check_outside()
