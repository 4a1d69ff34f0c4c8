"""The tree is RFC 6962's, told a second time in its own words."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from consents.core.signing import NotVerified, load_public_keys, read_public_keys
from consents.ledger import merkle
from consents.ledger.merkle import (
    EMPTY,
    Tree,
    build_audit_path,
    build_consistency_path,
    compute_root,
    hash_leaf,
    hash_node,
    is_consistent,
    is_included,
)
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs as ledger_proofs
from consents.ledger.selectors.proofs import NotSealedYet
from consents.ledger.services import appending, sealing
from tests.ledger.forging import ADA, append

SIZES = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [hash_leaf(str(place).encode()) for place in range(size)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as written."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hash_node(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, as written."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


@given(SIZES)
def test_the_root_is_the_rfcs(size):
    assert compute_root(leaves_of(size)) == naive_root(leaves_of(size))


@given(SIZES, st.data())
def test_it_carries_on_from_its_frontier(size, data):
    cut = data.draw(st.integers(0, size))
    tree = Tree()
    for leaf in leaves_of(size)[:cut]:
        tree.append(leaf)

    again = Tree.restored(cut, tree.frontier)
    for leaf in leaves_of(size)[cut:]:
        again.append(leaf)

    assert again.root() == naive_root(leaves_of(size))


@given(SIZES, st.data())
def test_the_path_is_the_rfcs_and_is_accepted_for_its_own_leaf_alone(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    before = Tree()
    for leaf in leaves[: data.draw(st.integers(0, index))]:
        before.append(leaf)

    path = build_audit_path(before, leaves[before.size :], index)

    assert path == naive_path(index, leaves)
    accepted = [place for place in range(size) if is_included(leaves[place], index, size, path, naive_root(leaves))]
    assert accepted == [index]


@given(SIZES, st.data())
def test_a_path_that_is_shorter_longer_or_changed_is_refused(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path, root = naive_path(index, leaves), naive_root(leaves)
    bent = [bytes(32) if place == size % (len(path) or 1) else step for place, step in enumerate(path)]
    for wrong in [path[:-1], bent] if path else []:
        assert not is_included(leaves[index], index, size, wrong, root)
    assert not is_included(leaves[index], index, size, [*path, bytes(32)], root)


def test_an_empty_tree_has_the_rfcs_root():
    assert compute_root([]) == EMPTY


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError, match="another size"):
        Tree.restored(3, bytes(32))


def test_it_meets_a_published_example():
    leaves = [hash_leaf(f'{{"seq":{place},"type":"consent.given"}}'.encode()) for place in range(5)]
    path = build_audit_path(Tree(), leaves, 3)
    assert compute_root(leaves) == b64decode("iyR+nGBvGKyWOHwzeKF6aDwzfKl9KXHKGhFQAr5V3Iw=")
    assert compute_root(leaves[:3]) == b64decode("1HfOj3JHp6huAJbW2k7YXcolJjoQAuD3kTZyqjQiUpc=")
    assert path == [
        b64decode("+VYulMcIikeNXOKZIE0pRyDXSX6+p2wYl2nUTcsYga8="),
        b64decode("NPm1Y8dHz3l1YX7UtcwHR9z2VN59UvRU/PqZXJP8swQ="),
        b64decode("f3KUR5ewVNYnAphicHHtJywBzjGs0adtmmTGw+vGR1w="),
    ]


def naive_subproof(old: int, leaves: list[bytes], is_whole: bool = True) -> list[bytes]:
    """RFC 9162 §2.1.4.1, as written."""
    if old == len(leaves):
        return [] if is_whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if old <= k:
        return [*naive_subproof(old, leaves[:k], is_whole), naive_root(leaves[k:])]
    return [*naive_subproof(old - k, leaves[k:], False), naive_root(leaves[:k])]


def grow(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@given(SIZES, st.data())
def test_the_consistency_path_is_the_rfcs_and_is_accepted_for_these_two_roots_alone(size, data):
    old = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    path = build_consistency_path(grow(leaves[:old]), iter(leaves[old:]), size)
    roots = compute_root(leaves[:old]), compute_root(leaves)

    assert path == naive_subproof(old, leaves)
    assert is_consistent(old, roots[0], size, roots[1], path)
    for place in range(len(path)):
        changed = [*path[:place], bytes(32), *path[place + 1 :]]
        assert not is_consistent(old, roots[0], size, roots[1], changed)
    assert not is_consistent(old, roots[0], size, roots[1], [*path, bytes(32)])


@given(SIZES, st.data())
def test_a_history_that_was_changed_has_no_consistency_path(size, data):
    old = data.draw(st.integers(1, size))
    place = data.draw(st.integers(0, old - 1))
    honest = leaves_of(size)
    forged = [*honest[:place], hash_leaf(b"forged"), *honest[place + 1 :]]

    path = build_consistency_path(grow(forged[:old]), iter(forged[old:]), size)

    assert not is_consistent(old, compute_root(honest[:old]), size, compute_root(forged), path)


def test_every_tree_begins_with_the_empty_one():
    assert build_consistency_path(Tree(), iter(leaves_of(3)), 3) == []
    assert is_consistent(0, EMPTY, 3, compute_root(leaves_of(3)), [])
    assert not is_consistent(0, bytes(32), 3, compute_root(leaves_of(3)), [])


def test_a_proof_between_sizes_that_cannot_be_or_without_a_step_proves_nothing():
    root, older = compute_root(leaves_of(5)), compute_root(leaves_of(3))
    assert not is_consistent(6, root, 5, root, [])
    assert not is_consistent(-1, root, 5, root, [])
    assert not is_consistent(3, older, 5, root, [])


# A customer takes a proof away and verifies it with the file and the public key alone.

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
