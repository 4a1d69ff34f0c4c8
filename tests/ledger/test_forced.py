"""Whatever an owner of the database does to the past, one look from outside names it (security I18, I19)."""

import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from consents.core.signing import load_newest_key, load_public_keys
from consents.ledger import checkpoints
from consents.ledger.checkpoints import TreeHead
from consents.ledger.models import Checkpoint, Entry, Leaf
from consents.ledger.rules import EntryFault, LogFaultKind
from consents.ledger.selectors import chains
from consents.ledger.selectors import timelines as ledger_log
from consents.ledger.selectors.chains import ChainFault
from consents.ledger.selectors.timelines import Claim, LogFault
from tests.ledger.forging import ADA, ALL, BEN, REHASH, RESEAL, append

AT = f"chain = '{ADA}' AND sequence"
ANYWHERE = [1, 3, 5]


@pytest.fixture
def named(sealed, outside):
    """What verification finds now, chains and log, against the checkpoints outside."""

    def look() -> list[ChainFault | LogFault]:
        keys = load_public_keys(portal.PORTAL_KEYS)
        outer = list(ledger_log.read_claims(outside, checkpoints.list_checkpoints(outside), keys))
        claims = [found for found in outer if isinstance(found, Claim)]
        found = [*outer, *chains.find_chain_faults(), *ledger_log.find_log_faults(claims, keys)]
        return [fault for fault in found if isinstance(fault, ChainFault | LogFault)]

    return look


def leaf_of(sequence: int) -> int:
    entry = Entry.objects.get(chain=str(ADA), sequence=sequence)
    return Leaf.objects.get(entry=entry.pk).leaf_index


def test_a_whole_ledger_has_no_fault(named):
    assert named() == []


def test_entries_not_sealed_yet_are_no_fault(named):
    with transaction.atomic():
        append(ADA)
    assert named() == []


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_a_forced_edit_is_found_and_named(named, tamper, sequence):
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE {AT} = {sequence}")
    assert named() == [ChainFault(str(ADA), sequence, EntryFault.CHANGED_COLUMNS)]


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_an_edit_with_every_hash_made_anew_is_named(named, tamper, sequence):
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE {AT} = {sequence}", REHASH)
    assert named() == [ChainFault(str(ADA), sequence, EntryFault.NOT_AS_SEALED)]


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_an_edit_with_every_hash_and_place_made_anew_is_named(named, tamper, sequence):
    """Only the checkpoint still knows; it says from which run of sealing on."""
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE {AT} = {sequence}", REHASH, RESEAL)
    first = Entry.objects.get(pk=Leaf.objects.get(leaf_index=0).entry)
    place = f"{first.chain}/{first.sequence}"
    assert [(fault.what, fault.leaf, fault.entry) for fault in named()] == [(LogFaultKind.OTHER_HISTORY, 0, place)]


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_a_back_dating_with_every_hash_made_anew_is_named(named, tamper, sequence):
    tamper(f"UPDATE ledger_entry SET occurred_at = occurred_at - interval '1 y' WHERE {AT} = {sequence}", REHASH)
    assert named() == [ChainFault(str(ADA), sequence, EntryFault.NOT_AS_SEALED)]


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_a_forced_removal_is_found_and_named(named, tamper, sequence):
    leaf = leaf_of(sequence)
    tamper(f"DELETE FROM ledger_entry WHERE {AT} = {sequence}")
    chain, log = named()
    assert (chain.chain, chain.sequence) == (str(ADA), 5 if sequence == 5 else sequence + 1)
    assert (log.what, log.leaf) == (LogFaultKind.ENTRY_MISSING, leaf)


@pytest.mark.parametrize("sequence", ANYWHERE)
def test_a_removal_closed_up_with_every_hash_made_anew_is_named(named, tamper, sequence):
    tamper(
        f"DELETE FROM ledger_entry WHERE {AT} = {sequence}",
        f"UPDATE ledger_entry SET sequence = -sequence WHERE {AT} > {sequence}",
        f"UPDATE ledger_entry SET sequence = -sequence - 1 WHERE {AT} < 0",
        REHASH,
    )
    assert LogFaultKind.ENTRY_MISSING in [fault.what for fault in named()]


def test_entries_that_changed_places_with_every_hash_made_anew_are_named(named, tamper):
    tamper(
        f"UPDATE ledger_entry SET sequence = -2 WHERE {AT} = 2",
        f"UPDATE ledger_entry SET sequence = 2 WHERE {AT} = 3",
        f"UPDATE ledger_entry SET sequence = 3 WHERE {AT} = -2",
        REHASH,
    )
    assert named() == [ChainFault(str(ADA), 2, EntryFault.NOT_AS_SEALED)]


@pytest.mark.parametrize("leaf", [0, 4])
def test_a_missing_place_of_the_log_is_named(named, tamper, leaf):
    tamper(f"DELETE FROM ledger_leaf WHERE leaf_index = {leaf}")
    assert LogFault(LogFaultKind.LEAF_MISSING, leaf) in named()


def test_a_missing_last_place_of_the_log_is_named(named, tamper):
    tamper("DELETE FROM ledger_leaf WHERE leaf_index = 7")
    assert (LogFaultKind.SHORTER, 7) in [(fault.what, fault.leaf) for fault in named()]


def test_places_that_were_exchanged_are_named(named, tamper):
    tamper(
        "UPDATE ledger_leaf SET leaf_index = -1 WHERE leaf_index = 2",
        "UPDATE ledger_leaf SET leaf_index = 2 WHERE leaf_index = 5",
        "UPDATE ledger_leaf SET leaf_index = 5 WHERE leaf_index = -1",
    )
    assert [fault.what for fault in named()] == [LogFaultKind.OTHER_HISTORY]


def test_a_customers_chain_dropped_with_its_head_is_named(named, tamper):
    tamper(f"DELETE FROM ledger_entry WHERE chain = '{BEN}'", f"DELETE FROM ledger_chainhead WHERE chain = '{BEN}'")
    assert [fault.what for fault in named()] == [LogFaultKind.ENTRY_MISSING]


def test_a_customers_chain_dropped_with_its_places_is_named(named, tamper):
    """I19: the log closed up behind it and the database's own checkpoints gone."""
    tamper(
        f"DELETE FROM ledger_leaf WHERE entry IN (SELECT id FROM ledger_entry WHERE chain = '{ADA}')",
        f"DELETE FROM ledger_entry WHERE chain = '{ADA}'",
        f"DELETE FROM ledger_chainhead WHERE chain = '{ADA}'",
        "UPDATE ledger_leaf SET leaf_index = -leaf_index - 1",
        "UPDATE ledger_leaf AS l SET leaf_index = (SELECT count(*) FROM ledger_leaf AS o WHERE o.entry < l.entry)",
        "TRUNCATE ledger_checkpoint",
    )
    assert [(fault.what, fault.leaf) for fault in named()] == [(LogFaultKind.SHORTER, 3)]


def test_a_cut_tail_is_named_with_its_last_traces_gone(named, tamper, seal):
    """I19: truncating the tail is detected against the external checkpoint."""
    with transaction.atomic():
        for _ in range(3):
            append(None)
    seal()
    tamper(
        "DELETE FROM ledger_leaf WHERE leaf_index >= 8",
        "DELETE FROM ledger_checkpoint WHERE size > 8",
        "DELETE FROM ledger_entry WHERE chain = 'company' AND sequence > 1",
        "UPDATE ledger_chainhead AS h SET sequence = 1, hash = e.hash FROM ledger_entry AS e"
        " WHERE h.chain = 'company' AND e.chain = 'company'",
    )
    assert [(fault.what, fault.leaf) for fault in named()] == [(LogFaultKind.SHORTER, 8)]


def test_yesterday_restored_and_gone_on_from_is_named(named, tamper, seal, outside):
    """I19: the same size again, another history; the fork begins where yesterday ended."""
    keep = [f"CREATE TABLE kept_{table} AS TABLE {table}" for table in ALL.split(", ")]
    back = [f"INSERT INTO {table} TABLE kept_{table}" for table in ALL.split(", ")]
    drop = [f"DROP TABLE kept_{table}" for table in ALL.split(", ")]
    with transaction.atomic():
        append(ADA)
    tamper(*keep)
    seal()
    (*_, today) = checkpoints.list_checkpoints(outside)
    note = checkpoints.read_note(outside, today)

    tamper(f"TRUNCATE {ALL}", *back, *drop)
    assert [(fault.what, fault.leaf) for fault in named()] == [(LogFaultKind.SHORTER, 8)]

    outside.delete(today)
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE {AT} = 6", REHASH)
    seal()
    checkpoints.create_note(outside, f"auditor{checkpoints.SUFFIX}", note)
    (fault,) = named()
    assert (fault.what, fault.leaf, fault.entry) == (LogFaultKind.OTHER_HISTORY, 8, f"{ADA}/6")


def test_an_empty_database_beside_a_checkpoint_is_named(named, tamper):
    tamper(f"TRUNCATE {ALL}")
    assert [fault.what for fault in named()] == [LogFaultKind.EMPTY]


def test_a_ledger_beside_a_log_that_was_emptied_is_named(named, tamper):
    tamper("TRUNCATE ledger_leaf, ledger_checkpoint")
    assert [fault.what for fault in named()] == [LogFaultKind.EMPTY]


@pytest.mark.parametrize("leaf", [0, 3, 7])
def test_a_junk_place_of_the_log_is_named(named, tamper, leaf):
    """The chains are whole: the place holds the hash of nothing."""
    entry = Entry.objects.get(pk=Leaf.objects.get(leaf_index=leaf).entry)
    tamper(f"UPDATE ledger_leaf SET hash = sha256('junk') WHERE leaf_index = {leaf}")
    chain, log = named()
    assert chain == ChainFault(entry.chain, entry.sequence, EntryFault.NOT_AS_SEALED)
    assert (log.what, log.leaf) == (LogFaultKind.OTHER_HISTORY, 0)


@pytest.mark.parametrize("leaf", [0, 3, 7])
def test_a_place_for_an_entry_that_does_not_exist_is_named(named, tamper, leaf):
    tamper(f"UPDATE ledger_leaf SET entry = 99 WHERE leaf_index = {leaf}")
    assert (LogFaultKind.ENTRY_MISSING, leaf, "#99") in [
        (fault.what, fault.leaf, fault.entry) for fault in named() if isinstance(fault, LogFault)
    ]


def test_a_place_added_for_an_entry_that_does_not_exist_is_named(named, tamper):
    tamper("INSERT INTO ledger_leaf VALUES (8, 99, sha256('x'))")
    assert [(fault.what, fault.leaf) for fault in named()] == [(LogFaultKind.ENTRY_MISSING, 8)]


@pytest.mark.parametrize("leaf", [-1, 9])
def test_a_place_outside_the_row_is_named(named, tamper, leaf):
    tamper(f"INSERT INTO ledger_leaf VALUES ({leaf}, 99, sha256('x'))")
    assert LogFault(LogFaultKind.LEAF_MISSING, 0 if leaf < 0 else 8) in named()


def test_an_entry_put_in_past_sealing_is_named(named, tamper, seal):
    """With a number that an act once took and gave back: the chain is made to fit, and sealing will not come by."""
    seal_until_settled(seal)
    with transaction.atomic():
        append(BEN)
    assert named() == []
    tamper("UPDATE ledger_entry SET id = 0 WHERE id = (SELECT max(id) FROM ledger_entry)")
    assert named() == [LogFault(LogFaultKind.PASSED_OVER, entry=f"{BEN}/3")]


def seal_until_settled(seal) -> None:
    """A transaction of any other database of the server is in sight too, so it may take some runs."""
    for _ in range(100):
        with transaction.atomic():
            append(ADA)
        seal()
        if Checkpoint.objects.latest("size").settled > 0:
            return
    pytest.fail("Nothing was settled.")


@pytest.mark.parametrize("name", ["0000", "9999"])
def test_two_checkpoints_of_one_size_with_other_roots_are_told_apart(named, outside, name):
    """A fork: both are signed by us, one is of another copy of the database."""
    forked = checkpoints.sign_checkpoint(
        TreeHead("localhost:8000/ledger", 8, bytes(32)), load_newest_key(portal.PORTAL_KEYS)
    )
    name = f"{name}{checkpoints.SUFFIX}"
    checkpoints.create_note(outside, name, forked)
    assert [(fault.what, fault.checkpoint) for fault in named()] == [(LogFaultKind.OTHER_HISTORY, name)]


@pytest.mark.parametrize("change", ["root = sha256('x')", "note = 'x'", "note = replace(note, '8', '9')", "size = 7"])
def test_a_forged_checkpoint_inside_is_named(named, tamper, change):
    tamper(f"UPDATE ledger_checkpoint SET {change}")
    assert [fault.what for fault in named()] == [LogFaultKind.OWN_CHECKPOINT]


@pytest.mark.parametrize("keep", [0, 1, 20, 60, -1])
def test_a_cut_checkpoint_file_is_named(named, outside, keep):
    (name,) = checkpoints.list_checkpoints(outside)
    path = Path(outside.path(name))
    path.write_text(path.read_text()[:keep])
    assert named() == [LogFault(LogFaultKind.UNREADABLE, checkpoint=name)]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\0" * 100, b"x" * 1_000_000])
def test_a_checkpoint_file_of_rubbish_is_named(named, outside, content):
    (name,) = checkpoints.list_checkpoints(outside)
    Path(outside.path(name)).write_bytes(content)
    assert named() == [LogFault(LogFaultKind.UNREADABLE, checkpoint=name)]


def test_a_checkpoint_of_another_key_is_named(named, settings, tmp_path, outside):
    settings.PORTAL_KEYS = portal.PORTAL_KEYS
    shutil.copytree(portal.PORTAL_KEYS, tmp_path / "keys")
    (tmp_path / "keys" / "sign-1").write_text("07" * 32)
    settings.PORTAL_KEYS = tmp_path / "keys"
    assert [fault.what for fault in named()] == [LogFaultKind.UNREADABLE, LogFaultKind.OWN_CHECKPOINT]


def test_the_command_compares_with_a_file_or_a_folder(sealed, outside, capsys):
    (name,) = checkpoints.list_checkpoints(outside)
    for path in (outside.path(name), outside.path("")):
        call_command("verify_ledger", "--against", path)
        assert capsys.readouterr().out.splitlines() == [
            "8 entries in 3 chains, all of them whole.",
            "Sealed: 8; 1 checkpoint from outside compared.",
        ]


def test_the_command_tells_a_rollback_and_exits_with_1(sealed, outside, tamper, capsys):
    (name,) = checkpoints.list_checkpoints(outside)
    tamper(f"TRUNCATE {ALL}")

    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", "--against", outside.path(name))

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines()[0].startswith("The ledger is empty, but ")


def test_the_command_tells_a_fork_in_json(sealed, tamper, capsys):
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE {AT} = 3", REHASH, RESEAL)
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["whole"], report["faults"], report["log"][0]["what"]) == (False, [], "other_history")


@pytest.mark.parametrize("path", ["nothing", ""])
def test_the_command_exits_with_2_when_there_is_nothing_to_compare_with(sealed, tmp_path, path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError) as refused:
        call_command("verify_ledger", "--against", str(tmp_path / "empty" / path))
    assert refused.value.returncode == 2
