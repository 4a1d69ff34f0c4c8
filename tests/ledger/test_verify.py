"""Whoever edits the journal past all locks is found out, and the first bad entry is named."""

import json
import shutil
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from consents.ledger.rules import EntryFault
from consents.ledger.selectors import chains
from consents.ledger.selectors.chains import ChainFault, ChainProgress
from tests.ledger.forging import ADA, BEN
from tests.world.owners import acting_as_owner


def found() -> list[ChainFault]:
    return [item for item in chains.find_chain_faults() if isinstance(item, ChainFault)]


def test_a_whole_journal_has_no_fault(journal):
    assert list(chains.find_chain_faults()) == [ChainProgress(8, 3)]


def test_an_empty_journal_has_no_fault(transactional_db):
    assert list(chains.find_chain_faults()) == [ChainProgress(0, 0)]


EDITS = {
    "a changed column": ("UPDATE ledger_entry SET outcome = 'x' WHERE {third}", 3, EntryFault.CHANGED_COLUMNS),
    "a changed moment": (
        "UPDATE ledger_entry SET occurred_at = occurred_at - interval '1 us' WHERE {third}",
        3,
        EntryFault.CHANGED_COLUMNS,
    ),
    "a changed fact": ("UPDATE ledger_entry SET details = '{{}}' WHERE {third}", 3, EntryFault.CHANGED_COLUMNS),
    "a changed text": (
        "UPDATE ledger_entry SET canonical = canonical || ' ' WHERE {third}",
        3,
        EntryFault.CHANGED_TEXT,
    ),
    "a changed hash": ("UPDATE ledger_entry SET hash = sha256('x') WHERE {third}", 3, EntryFault.CHANGED_TEXT),
    "a changed link": ("UPDATE ledger_entry SET previous = sha256('x') WHERE {third}", 3, EntryFault.UNLINKED),
    "a removed entry": ("DELETE FROM ledger_entry WHERE {third}", 4, EntryFault.GAP),
    "a removed start": ("DELETE FROM ledger_entry WHERE {ada} AND sequence = 1", 2, EntryFault.GAP),
    "a cut end": ("DELETE FROM ledger_entry WHERE {ada} AND sequence > 3", 4, EntryFault.CUT),
    "a removed chain": ("DELETE FROM ledger_entry WHERE {ada}", 1, EntryFault.CUT),
    "a foreign entry": (
        "INSERT INTO ledger_entry SELECT 99, chain, 6, occurred_at, event, customer, actor_kind, actor, object_type,"
        " object, purpose, channel, evidence, outcome, details, previous, canonical, hash FROM ledger_entry"
        " WHERE {third}",
        6,
        EntryFault.UNLINKED,
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_it_names_the_first_bad_entry_of(journal, tamper, name):
    statement, sequence, what = EDITS[name]
    ada = f"chain = '{ADA}'"

    tamper(statement.format(ada=ada, third=f"{ada} AND sequence = 3"))

    assert found() == [ChainFault(str(ADA), sequence, what)]


def test_it_finds_two_entries_that_changed_places(journal, tamper):
    ada = f"chain = '{ADA}'"
    tamper(
        f"UPDATE ledger_entry SET sequence = -2 WHERE {ada} AND sequence = 2",
        f"UPDATE ledger_entry SET sequence = 2 WHERE {ada} AND sequence = 3",
        f"UPDATE ledger_entry SET sequence = 3 WHERE {ada} AND sequence = -2",
    )
    assert found() == [ChainFault(str(ADA), 2, EntryFault.UNLINKED)]


def test_it_finds_an_entry_that_was_hashed_anew(journal, tamper):
    """Text, columns and hash agree; the next entry still names the old hash."""
    ada = f"chain = '{ADA}' AND sequence = 3"
    tamper(
        f"UPDATE ledger_entry SET outcome = 'x' WHERE {ada}",
        f"UPDATE ledger_entry AS e SET canonical = portal.canonical_entry(e) WHERE {ada}",
        f"UPDATE ledger_entry SET hash = sha256(convert_to(canonical, 'UTF8')) WHERE {ada}",
    )
    assert found() == [ChainFault(str(ADA), 4, EntryFault.UNLINKED)]


def test_it_finds_a_last_entry_that_was_hashed_anew(journal, tamper):
    """Nothing follows it, but the chain's head still has the old hash."""
    ada = f"chain = '{ADA}' AND sequence = 5"
    tamper(
        f"UPDATE ledger_entry SET outcome = 'x' WHERE {ada}",
        f"UPDATE ledger_entry AS e SET canonical = portal.canonical_entry(e) WHERE {ada}",
        f"UPDATE ledger_entry SET hash = sha256(convert_to(canonical, 'UTF8')) WHERE {ada}",
    )
    assert [fault.what for fault in found()] == [EntryFault.CUT]


def test_it_is_not_fooled_by_a_database_that_spells_wrongly(journal, tamper):
    """The owner replaces the spelling function: verification spells for itself."""
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('portal.canonical_entry'::regproc)")
        (kept,) = cursor.fetchone()
        cursor.execute(
            "CREATE OR REPLACE FUNCTION portal.canonical_entry(e ledger_entry) RETURNS text LANGUAGE sql STABLE"
            " PARALLEL SAFE"
            " SET search_path = pg_catalog, public, pg_temp AS 'SELECT e.canonical'"
        )
    try:
        tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE chain = '{ADA}' AND sequence = 3")
        assert found() == [ChainFault(str(ADA), 3, EntryFault.CHANGED_COLUMNS)]
    finally:
        with acting_as_owner() as owner, owner.cursor() as cursor:
            cursor.execute(kept)


def test_it_names_one_fault_for_each_broken_chain(journal, tamper):
    tamper("UPDATE ledger_entry SET outcome = 'x'")
    assert {(fault.chain, fault.sequence) for fault in found()} == {(str(ADA), 1), (str(BEN), 1), ("company", 1)}


def test_it_tells_how_far_it_has_come(journal, monkeypatch):
    monkeypatch.setattr(chains, "REPORT_EVERY", 3)
    assert [item.entries for item in chains.find_chain_faults()] == [3, 6, 8]


def test_the_command_says_that_all_is_whole(journal, capsys):
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("8 entries in 3 chains, all of them whole.\nSealed: 0, waiting since ")


def test_the_command_names_what_is_broken_and_exits_with_1(journal, tamper, capsys):
    tamper(f"DELETE FROM ledger_entry WHERE chain = '{ADA}' AND sequence = 3")

    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger")

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"Chain {ADA} is broken at entry 4: an entry before this one is missing.",
        "7 entries in 3 chains, 1 of them broken.",
    ]


def test_the_command_speaks_json(journal, tamper, capsys):
    call_command("verify_ledger", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report.pop("unsealed_since")
    counts = {"entries": 8, "chains": 3, "sealed": 0, "unsealed": 8, "checkpoints": 0, "lost": 0}
    assert report == {"faults": [], "log": [], "changes": [], "whole": True} | counts
    tamper("UPDATE ledger_entry SET outcome = 'x'")

    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--json")

    report = json.loads(capsys.readouterr().out)
    assert (report["whole"], len(report["faults"])) == (False, 3)
    assert report["faults"][0]["what"] == "changed_columns"


def test_the_command_exits_with_2_when_it_cannot_read(db, monkeypatch):
    def unreachable():
        raise OperationalError("connection to ada@example.com failed")
        yield

    monkeypatch.setattr(chains, "find_chain_faults", unreachable)
    with pytest.raises(CommandError, match=r"could not be read \(OperationalError\)") as refused:
        call_command("verify_ledger")
    assert refused.value.returncode == 2
    assert "ada" not in str(refused.value)


def refuse() -> CommandError:
    with pytest.raises(CommandError, match="no checkpoint outside") as refused:
        call_command("verify_ledger")
    return refused.value


def test_a_sealed_ledger_without_a_checkpoint_outside_is_not_called_whole(sealed, outside, capsys):
    call_command("verify_ledger")

    shutil.rmtree(outside.location)

    assert refuse().returncode == 2
    with pytest.raises(CommandError):
        call_command("verify_ledger", "--json")
    assert '"whole": false' in capsys.readouterr().out


REWRITINGS = {
    "emptied": ("ledger_entry", "ledger_chainhead", "ledger_leaf", "ledger_checkpoint"),
    "unsealed": ("ledger_leaf", "ledger_checkpoint"),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_nor_is_one_that_was_emptied_or_unsealed_since(world, seal, outside, tamper, later, name):
    seal()
    tamper(*(f"DELETE FROM {table}" for table in REWRITINGS[name]))
    shutil.rmtree(outside.location)
    later(timedelta(hours=2))

    assert refuse().returncode == 2


def test_a_new_portal_has_nothing_to_compare_yet(transactional_db, capsys):
    call_command("verify_ledger")
    assert "all of them whole" in capsys.readouterr().out
