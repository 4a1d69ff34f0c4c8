"""Ed25519: the keys the portal signs with, and signed notes (C2SP signed-note) that anybody can verify.

Key files are `<kind>-<id>` (32 bytes, hexadecimal) in the folder of the keys; of each kind the newest signs, all
verify. Kinds: `sign` for the ledger's checkpoints, `receipt` for what customers take away, which the web process signs.
Needs neither settings nor database, so that a proof can be checked anywhere.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured

from consents.core.keys import newest

ED25519 = b"\x01"  # the algorithm byte of signed notes
DASH = "\N{EM DASH} "


class NotVerified(Exception):
    """Not signed by a key that is known, or not what was signed. Carries a sentence."""


def load(folder: Path, kind: str = "sign") -> dict[str, Ed25519PrivateKey]:
    """Every signing key of a kind by id. Raises ImproperlyConfigured when there is none or one is damaged."""
    try:
        keys = {path.name.removeprefix(f"{kind}-"): spelled_out(path.read_text()) for path in folder.glob(f"{kind}-*")}
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"A signing key in {folder} cannot be read.") from None
    if not keys:
        raise ImproperlyConfigured(f"No signing key in {folder}. Run `manage.py make_keys`.")
    return keys


def spelled_out(value: str) -> Ed25519PrivateKey:
    """The key that a file of `keys` holds."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value))


def signer(folder: Path, kind: str = "sign") -> Ed25519PrivateKey:
    keys = load(folder, kind)
    return keys[newest(keys)]


def public_keys(folder: Path, kind: str = "sign") -> list[Ed25519PublicKey]:
    """The public halves, newest last."""
    keys = load(folder, kind)
    return [keys[kid].public_key() for kid in sorted(keys, key=lambda kid: (len(kid), kid))]


def raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes that a note's signature line names its key by."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw(key)).digest()[:4]


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """The key in one line, as tools for signed notes read it (vkey)."""
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ED25519 + raw(key)).decode()}"


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """`text` (ends with a newline) as a signed note."""
    signature = key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH}{name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, name: str, keys: Iterable[Ed25519PublicKey]) -> str:
    """The text of a note that at least one of these keys signed under this name. Raises NotVerified.

    Lines of unknown keys are passed over; a bad signature by a known key spoils the note.
    """
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NotVerified("It is not a whole signed note.")
    known = {key_id(name, key): key for key in keys}
    good = [check_line(line, name, known, f"{text}\n") for line in signatures.splitlines()]
    if not any(good):
        raise NotVerified("No known key signed it.")
    return f"{text}\n"


def check_line(line: str, name: str, known: dict[bytes, Ed25519PublicKey], text: str) -> bool:
    signed_as, _, encoded = line.removeprefix(DASH).rpartition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NotVerified("It is not a whole signed note.") from None
    key = known.get(signature[:4])
    if not line.startswith(DASH) or signed_as != name or key is None:
        return False
    try:
        key.verify(signature[4:], text.encode())
    except InvalidSignature:
        raise NotVerified("Its signature does not match its text.") from None
    return True


def read_public_keys(text: str) -> list[Ed25519PublicKey]:
    """Every public key in a text: PEM, and lines `name+id+base64`. Raises NotVerified when there is none."""
    blocks = re.findall(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", text, re.DOTALL)
    lines = [line for line in text.splitlines() if re.fullmatch(r"\S+\+[0-9a-f]{8}\+\S+", line.strip())]
    try:
        found = [load_pem_public_key(f"{block}\n".encode()) for block in blocks]
        found += [from_line(line.strip()) for line in lines]
    except (ValueError, UnsupportedAlgorithm):
        found = []
    if not found or not all(isinstance(key, Ed25519PublicKey) for key in found):
        raise NotVerified("The key file holds no Ed25519 public key (PEM, or a line name+id+key).")
    return found  # type: ignore[return-value]


def from_line(line: str) -> Ed25519PublicKey:
    """Raises ValueError."""
    name, kid, encoded = line.split("+", 2)
    algorithm, public = (decoded := base64.b64decode(encoded, validate=True))[:1], decoded[1:]
    key = Ed25519PublicKey.from_public_bytes(public)
    if algorithm != ED25519 or key_id(name, key).hex() != kid:
        raise ValueError
    return key


def pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
