"""A checkpoint is a signed note as the world's tools read it, and nothing else passes for one."""

import stat
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from consents.core import keys, signing
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, rules, sealers
from consents.ledger.checkpoints import TreeHead

LOG = "portal.acme.example/consent-log"
VERIFIER = f"{LOG}+3016a544+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
NOTE = f"""{LOG}
5
iyR+nGBvGKyWOHwzeKF6aDwzfKl9KXHKGhFQAr5V3Iw=

— {LOG} MBalRBtv+BXQYMPuaBbW37AJjqTIPguHFREMQ+W4wTjylPlKCMglKUVgFZYUqeX1M8zHRketaG5oJMxF6VS7HUq6dA0=
"""
KNOWN = signing.read_public_keys(VERIFIER, LOG)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OURS = TreeHead(LOG, 5, b64decode("iyR+nGBvGKyWOHwzeKF6aDwzfKl9KXHKGhFQAr5V3Iw="))
ROOT = b64encode(OURS.root).decode()


def test_it_reads_a_published_note():
    assert checkpoints.verify_checkpoint(NOTE, KNOWN) == OURS


def test_a_published_key_comes_back_as_it_went_in():
    assert signing.build_verifier_key(LOG, KNOWN[0]) == VERIFIER
    assert signing.read_public_keys(signing.build_pem(KNOWN[0]), LOG)[0] == KNOWN[0]


def test_what_it_signs_it_verifies():
    assert checkpoints.verify_checkpoint(checkpoints.sign_checkpoint(OURS, KEY), [KEY.public_key()]) == OURS


def test_another_partys_line_is_passed_over():
    note = NOTE + "— witness.example AAAAAAAA\n"
    assert checkpoints.verify_checkpoint(note, KNOWN) == OURS


@pytest.mark.parametrize("cut", range(0, len(NOTE), 7))
def test_a_cut_note_is_refused(cut):
    with pytest.raises(NotVerified):
        checkpoints.verify_checkpoint(NOTE[:cut], KNOWN)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\0",
        NOTE.replace("\n5\n", "\n6\n"),
        NOTE.replace("\n5\n", "\n05\n"),
        NOTE.replace("iyR", "iyS"),
        NOTE.replace("consent-log\n", "other-log\n", 1),
        NOTE.replace("MBalRBtv", "MBalRBtw"),
        NOTE.replace("— ", "- "),
        NOTE.replace("\n\n", "\nmore\n\n"),
        NOTE + "\n",
    ],
)
def test_a_changed_note_is_refused(note):
    with pytest.raises(NotVerified):
        checkpoints.verify_checkpoint(note, KNOWN)


LINES = [
    (f"{OURS.text}\nmore\n", checkpoints.verify_checkpoint, "three lines"),
    (f"{LOG}\n07\nportal-of-today\n", sealers.verify_sealer, "three lines"),
    (f"{LOG}\n2\n5 {ROOT}\n09 {ROOT}\n", rules.verify_statement, "four lines"),
    (f"{LOG}\n2\n5 {ROOT}\n", rules.verify_statement, "four lines"),
    (f"{LOG}\n2\n5 {ROOT}\n9 xyz\n", rules.verify_statement, "four lines"),
]


@pytest.mark.parametrize(("text", "verify", "sentence"), LINES)
def test_what_we_signed_ourselves_but_is_spelled_otherwise_is_refused(text, verify, sentence):
    with pytest.raises(NotVerified, match=sentence):
        verify(signing.sign_note(text, LOG, KEY), [KEY.public_key()])


def test_only_statements_are_read_in_their_folder(tmp_path):
    storage = FileSystemStorage(location=tmp_path)
    statement = rules.LossStatement(LOG, 2, 5, OURS.root, 9, OURS.root)
    note = rules.sign_statement(statement, KEY)
    name = rules.publish_statement(storage, statement, note, datetime(2026, 11, 28, tzinfo=UTC))
    (tmp_path / name).with_name("readme.txt").write_text("not ours")

    assert list(rules.read_statements(storage, [KEY.public_key()])) == [(name, statement)]


def test_a_note_of_a_key_that_is_not_known_is_refused():
    with pytest.raises(NotVerified, match="No known key"):
        checkpoints.verify_checkpoint(NOTE, [KEY.public_key()])


@pytest.mark.parametrize(
    "text", ["", "x", VERIFIER[:-4], VERIFIER.replace("3016", "3017"), "-----BEGIN PUBLIC KEY-----"]
)
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(NotVerified):
        signing.read_public_keys(text, LOG)


@pytest.mark.parametrize("text", [VERIFIER, f"{signing.build_pem(KNOWN[0])}{VERIFIER}"])
def test_a_key_line_speaks_for_its_own_log_alone(text):
    assert signing.read_public_keys(text, LOG) == KNOWN
    with pytest.raises(NotVerified, match=r"this was signed as other\.example/log"):
        signing.read_public_keys(text, "other.example/log")


def test_the_newest_key_signs_and_all_verify(tmp_path: Path):
    keys.make_keys(tmp_path)
    keys.write_once(tmp_path / "sign-2", "02" * 32)
    older = signing.load_signing_keys(tmp_path)["1"]
    assert signing.get_raw_bytes(signing.load_newest_key(tmp_path).public_key()) == signing.get_raw_bytes(
        signing.load_signing_keys(tmp_path)["2"].public_key()
    )
    assert (
        checkpoints.verify_checkpoint(checkpoints.sign_checkpoint(OURS, older), signing.load_public_keys(tmp_path))
        == OURS
    )


@pytest.mark.parametrize("content", [None, "", "xy", "00" * 31])
def test_a_missing_or_damaged_key_is_told(tmp_path: Path, content):
    if content is not None:
        (tmp_path / "sign-1").write_text(content)
    with pytest.raises(ImproperlyConfigured, match="signing key"):
        signing.load_newest_key(tmp_path)


def test_a_file_that_is_being_written_is_not_there_yet_and_is_never_written_over(tmp_path, monkeypatch):
    """Of several portals that begin at once, none reads half a statement of another."""
    storage, seen = FileSystemStorage(location=tmp_path), []
    monkeypatch.setattr(checkpoints.os, "fsync", lambda _file: seen.append(checkpoints.list_folder(storage, "sealers")))

    assert checkpoints.create_once(storage, "sealers/1.sealer", b"whole")
    assert not checkpoints.create_once(storage, "sealers/1.sealer", b"other")

    assert seen == [([], []), ([], ["1.sealer"])]
    [written] = (tmp_path / "sealers").iterdir()
    assert written.read_bytes() == b"whole" and stat.S_IMODE(written.stat().st_mode) == 0o644


def test_a_place_that_renames_what_is_there_already_keeps_the_first_alone():
    """Any storage of Django's: of two at the same moment, the later one gets another name, and is taken away."""
    storage = InMemoryStorage()

    assert checkpoints.create_once(storage, "sealers/1.sealer", b"first")
    assert not checkpoints.create_once(storage, "sealers/1.sealer", b"second")

    assert checkpoints.list_folder(storage, "sealers") == ([], ["1.sealer"])
    assert storage.open("sealers/1.sealer").read() == b"first"
