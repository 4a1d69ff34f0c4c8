"""Writing into the journal's file closes nothing: a forged line is refused, an unsigned one waits for a word."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError

from consents.core.canonical import encode_canonical
from consents.ledger import journal
from consents.ledger.journal import Line
from consents.ledger.rules import hash_entry
from consents.people.models import Customer
from tests.backups.restoring import restore
from tests.world.erasing import erase


def build_erasure(customer: Customer) -> str:
    """The text of an entry that never was."""
    entry = {
        "actor": "",
        "actor_kind": "operator",
        "chain": str(customer.id),
        "channel": "command",
        "customer": str(customer.id),
        "details": {},
        "event": "customer.erased",
        "evidence": None,
        "object": str(customer.id),
        "object_type": "customer",
        "occurred_at": "2026-01-01T00:00:00.000000Z",
        "outcome": "request",
        "previous": "00" * 32,
        "purpose": "",
        "sequence": 99,
    }
    return encode_canonical(entry).decode()


def forge_line(folder: Path, entry: str) -> None:
    """As somebody who knows the format, and has no key."""
    path = folder / journal.NAME
    lines = path.read_text().splitlines() if path.exists() else []
    last = json.loads(lines[-1]) if lines else None
    head = Line(**last).head if last else journal.EMPTY
    forged = Line(head.number + 1, entry, hash_entry(entry).hex(), head.hash.hex())
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(forged.text + "\n")


def test_a_forged_line_erases_nobody(backed_up, loaded_backup, elsewhere, outside):
    world = backed_up
    elsewhere()
    forge_line(outside.journal, build_erasure(world.ada.customer))

    with pytest.raises(CommandError, match="was cut or changed"):
        restore(loaded_backup, "--accept-loss")


@pytest.fixture
def erased_after_the_last_head(backed_up, loaded_backup, elsewhere, outside, monkeypatch) -> SimpleNamespace:
    """The worker died before it signed."""
    erase(backed_up, backed_up.cas)
    with monkeypatch.context() as patch:
        patch.setattr("tests.backups.conftest.journalling.sign_journal_head", lambda **_: None)
        elsewhere()
    return SimpleNamespace(world=backed_up, folder=loaded_backup)


def test_lines_past_the_last_signed_head_wait_for_a_word(erased_after_the_last_head, capsys):
    folder, cas = erased_after_the_last_head.folder, erased_after_the_last_head.world.cas.customer.id

    with pytest.raises(CommandError, match=r"past its last signed head.*customer.erased \(1\)"):
        restore(folder, "--accept-loss")

    said = restore(folder, "--accept-loss", "--beyond-the-last-head")

    assert "Done again: customer.erased, 1 time." in said
    assert Customer.objects.get(pk=cas).erased_at
