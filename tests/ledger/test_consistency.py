"""Anybody who kept a checkpoint proves that the log only grew since, without trusting the portal."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.urls import reverse

from consents.core.signing import NotVerified, load_public_keys, load_signing_keys
from consents.ledger import checkpoints, merkle, pages
from consents.ledger.merkle import Tree, build_consistency_path, hash_leaf
from consents.ledger.models import Checkpoint
from consents.ledger.selectors import proofs as ledger_proofs
from tests.ledger.forging import add

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def grown(sealed, seal) -> list[int]:
    """Four checkpoints; their sizes."""
    for more in (1, 5, 2):
        add(more)
        seal()
    return list(Checkpoint.objects.order_by("size").values_list("size", flat=True))


def verify(proof: dict) -> tuple[checkpoints.TreeHead, checkpoints.TreeHead]:
    return merkle.verify_consistency_proof(
        merkle.parse_consistency_proof(json.dumps(proof)), load_public_keys(portal.PORTAL_KEYS)
    )


def run_offline(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "PORTAL_KEYS": "/nowhere", "DATABASE_URL": "postgres://nobody@nowhere/x"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify_consistency", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_between_any_two_checkpoints_there_is_a_proof(grown):
    assert grown == [8, 9, 14, 16]
    for older in grown:
        for newer in [size for size in grown if size >= older]:
            first, second = verify(ledger_proofs.build_consistency_proof(older, newer).as_object())
            assert (first.size, second.size) == (older, newer)


def test_a_history_that_was_written_anew_has_none(grown):
    """The forger has the signing key, and signs another log of the same size."""
    honest = ledger_proofs.build_consistency_proof(8, 16)
    leaves = [hash_leaf(b"forged"), *ledger_proofs.stream_leaves(1, 16)]
    trees = Tree(), Tree()
    for place, leaf in enumerate(leaves):
        trees[1].append(leaf)
        if place < 8:
            trees[0].append(leaf)
    head = checkpoints.TreeHead(checkpoints.parse_checkpoint(honest.newer).origin, 16, trees[1].root())
    note = checkpoints.sign_checkpoint(head, load_signing_keys(portal.PORTAL_KEYS)["1"])
    path = tuple(build_consistency_path(trees[0], iter(leaves[8:]), 16))

    with pytest.raises(NotVerified, match="another history"):
        merkle.verify_consistency_proof(
            merkle.ConsistencyProof(honest.older, note, path), load_public_keys(portal.PORTAL_KEYS)
        )


def test_across_a_restoration_that_lost_entries_it_says_so(grown):
    proof = ledger_proofs.build_consistency_proof(8, 16)
    older = checkpoints.parse_checkpoint(proof.older)
    other = checkpoints.TreeHead(f"{older.origin}/2", older.size, older.root)
    note = checkpoints.sign_checkpoint(other, load_signing_keys(portal.PORTAL_KEYS)["1"])

    with pytest.raises(NotVerified, match="of two logs"):
        merkle.verify_consistency_proof(
            merkle.ConsistencyProof(note, proof.newer, proof.path), load_public_keys(portal.PORTAL_KEYS)
        )


FORMAT = '"format": "consent-ledger-consistency/1"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        f"{{{FORMAT}}}",
        '{"format": "another/1", "older": "", "newer": "", "path": []}',
        f'{{{FORMAT}, "older": 1, "newer": "", "path": []}}',
        f'{{{FORMAT}, "older": "", "newer": [], "path": []}}',
        f'{{{FORMAT}, "older": "", "newer": "", "path": ["not base64"]}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(NotVerified):
        merkle.parse_consistency_proof(text)


def test_a_checkpoint_that_was_kept_is_proved_and_checked_offline(grown, outside, tmp_path, capsys):
    folder = tmp_path / "auditor"
    folder.mkdir()
    kept = checkpoints.read_note(outside, next(checkpoints.list_checkpoints(outside)))
    (folder / "kept").write_text(kept)
    call_command("public_key")
    (folder / "key").write_text(capsys.readouterr().out)
    call_command("prove_consistency", str(folder / "kept"))
    (folder / "proof.json").write_text(capsys.readouterr().out)

    told = run_offline(folder, "proof.json", "--key", "key", "--older", "kept")

    assert (told.returncode, told.stderr) == (0, "")
    assert "the log of 16 entries" in told.stdout
    assert "begins with the 8" in told.stdout


def test_another_checkpoint_than_the_one_kept_is_refused(grown, tmp_path, capsys):
    folder = tmp_path / "auditor"
    folder.mkdir()
    (folder / "kept").write_text(Checkpoint.objects.get(size=9).note)
    call_command("public_key")
    (folder / "key").write_text(capsys.readouterr().out)
    call_command("prove_consistency", "8")
    (folder / "proof.json").write_text(capsys.readouterr().out)

    told = run_offline(folder, "proof.json", "--key", "key", "--older", "kept")

    assert (told.returncode, "You kept another checkpoint" in told.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (["7"], "no checkpoint of this size", 1),
        (["9", "--newer", "8"], "shorter than the older", 1),
        (["/nowhere/kept"], "/nowhere/kept cannot be read", 2),
    ],
)
def test_the_command_says_why_there_is_no_proof(grown, arguments, sentence, code):
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("prove_consistency", *arguments, stdout=StringIO())
    assert refused.value.returncode == code


def test_the_key_and_the_newest_checkpoint_are_published(grown, client):
    told = client.get(reverse("ledger")).json()

    [key] = told["keys"]
    assert "BEGIN PUBLIC KEY" in key["pem"]
    assert key["verifier_keys"][0].startswith(f"{told['log']}+")
    assert checkpoints.verify_checkpoint(told["checkpoint"], load_public_keys(portal.PORTAL_KEYS)).size == 16


def test_before_the_first_sealing_there_is_no_checkpoint(db, client):
    assert client.get(reverse("ledger")).json()["checkpoint"] is None


def test_the_proof_is_published_within_bounds(grown, client, monkeypatch):
    assert verify(client.get(reverse("ledger_consistency", args=[8, 16])).json())[1].size == 16
    assert client.get(reverse("ledger_consistency", args=[7, 16])).status_code == 404
    assert client.get(reverse("ledger_consistency", args=[10**30, 16])).status_code == 404
    monkeypatch.setattr(pages, "MOST_BETWEEN", 3)
    assert client.get(reverse("ledger_consistency", args=[8, 16])).status_code == 422
