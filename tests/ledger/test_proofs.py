"""A customer takes a proof away and verifies it with the file and the public key alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.db import transaction

from consents.core.signing import NotVerified, load_public_keys, read_public_keys
from consents.ledger import merkle
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs as ledger_proofs
from consents.ledger.selectors.proofs import NotSealedYet
from consents.ledger.services import appending, sealing
from tests.ledger.entries import ADA, append

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def proof(sealed) -> dict:
    return ledger_proofs.build_inclusion_proof(Entry.objects.filter(customer=ADA).latest("id")).as_object()


def verify(proof: dict) -> merkle.TreeHead:
    return merkle.verify_proof(merkle.parse_proof(json.dumps(proof)), load_public_keys(portal.PORTAL_KEYS))


def offline(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess:
    """In a process of its own that has no settings, no keys and no database."""
    environment = {"PATH": os.environ["PATH"], "PORTAL_KEYS": "/nowhere", "DATABASE_URL": "postgres://nobody@nowhere/x"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify_inclusion", *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_every_entry_of_every_run_has_its_proof(journal, seal, monkeypatch, batch):
    monkeypatch.setattr(sealing, "BATCH", batch)
    seal()
    for entry in Entry.objects.all():
        proof = ledger_proofs.build_inclusion_proof(entry)
        assert verify(proof.as_object()).size == proof.tree_size
        assert proof.entry == entry.canonical
        assert proof.tree_size - batch <= proof.leaf_index < proof.tree_size


def test_an_entry_that_waits_has_none_yet(sealed):
    with transaction.atomic():
        entry = append(ADA)
    with pytest.raises(NotSealedYet):
        ledger_proofs.build_inclusion_proof(Entry.objects.get(pk=entry))


def test_a_proof_names_the_key_that_signed(proof, capsys):
    call_command("public_key")
    assert f"+{proof['key']}+" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"entry": "{}"},
        {"entry": "\ud800"},
        {"leaf_index": 0},
        {"leaf_index": -1},
        {"leaf_index": True},
        {"leaf_index": 10**40},
        {"tree_size": 9},
        {"path": []},
        {"path": ["AAAA"]},
        {"path": ["?"]},
        {"path": 1},
        {"checkpoint": ""},
        {"key": None},
        {"format": "other"},
    ],
)
def test_a_changed_proof_is_refused(proof, change):
    with pytest.raises(NotVerified):
        verify(proof | change)


@pytest.mark.parametrize("text", ["", "[]", "1", "null", "{", "[" * 100_000, '{"format": "consent-ledger-proof/1"}'])
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(NotVerified):
        merkle.parse_proof(text)


def test_it_is_verified_offline_with_the_file_and_the_key_alone(proof, tmp_path, capsys):
    call_command("public_key")
    (tmp_path / "key").write_text(capsys.readouterr().out)
    (tmp_path / "proof.json").write_text(json.dumps(proof))

    ran = offline(tmp_path, "proof.json", "--key", "key")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(
        f"Verified: this is entry {proof['leaf_index']} (from 0) of the 8 that localhost:8000/"
    )
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["key", "proof.json"]


def test_offline_it_refuses_with_a_sentence(proof, tmp_path, capsys):
    call_command("public_key")
    (tmp_path / "key").write_text(capsys.readouterr().out)
    (tmp_path / "proof.json").write_text(
        json.dumps(proof | {"entry": proof["entry"].replace("happened", "unhappened")})
    )

    ran = offline(tmp_path, "proof.json", "--key", "key")
    missing = offline(tmp_path, "proof.json", "--key", "nothing")

    assert (ran.returncode, "was changed since" in ran.stderr) == (1, True)
    assert (missing.returncode, "nothing cannot be read" in missing.stderr) == (2, True)


def test_the_printed_key_is_read_in_both_its_forms(db, capsys):
    call_command("public_key")
    printed = capsys.readouterr().out
    pem, line = printed.split("-----END PUBLIC KEY-----\n")
    ours = load_public_keys(portal.PORTAL_KEYS)
    log = appending.get_log_name()
    assert read_public_keys(line, log) == read_public_keys(f"{pem}-----END PUBLIC KEY-----\n", log) == ours
