"""Load the Ed25519 keys the portal signs with, and sign notes (C2SP signed-note) that anyone can verify.

Key files are `<kind>-<id>` (32 bytes, hexadecimal) in the folder of the keys; of each kind the newest signs, all
verify. Kinds: `sign` for the ledger's checkpoints, `receipt` for what customers take away, `export` for the manifests
of exports.
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

from consents.core.keys import pick_newest, sort_key_ids

ED25519 = b"\x01"  # the algorithm byte of signed notes
DASH = "\N{EM DASH} "


class NotVerified(Exception):
    """A text that no known key signed, or that does not read as it was signed. Carries a sentence."""


def load_signing_keys(folder: Path, kind: str = "sign") -> dict[str, Ed25519PrivateKey]:
    """Load every signing key of a kind by id. Raises ImproperlyConfigured when there is none or one is damaged."""
    try:
        keys = {
            path.name.removeprefix(f"{kind}-"): parse_private_key(path.read_text()) for path in folder.glob(f"{kind}-*")
        }
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"A signing key in {folder} cannot be read.") from None
    if not keys:
        raise ImproperlyConfigured(f"No signing key in {folder}. Run `manage.py make_keys`.")
    return keys


def parse_private_key(value: str) -> Ed25519PrivateKey:
    """Parse what a key file holds."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value))


def load_newest_key(folder: Path, kind: str = "sign") -> Ed25519PrivateKey:
    keys = load_signing_keys(folder, kind)
    return keys[pick_newest(keys)]


def load_public_keys(folder: Path) -> list[Ed25519PublicKey]:
    """Load the public halves of the ledger's keys, newest last."""
    keys = load_signing_keys(folder)
    return [keys[kid].public_key() for kid in sort_key_ids(keys)]


def get_raw_bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def compute_key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Compute the four bytes by which a note's signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + get_raw_bytes(key)).digest()[:4]


def build_verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """Write the key in one line, as tools for signed notes read it (vkey)."""
    return f"{name}+{compute_key_id(name, key).hex()}+{base64.b64encode(ED25519 + get_raw_bytes(key)).decode()}"


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Sign a text that ends with a newline."""
    signature = compute_key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH}{name} {base64.b64encode(signature).decode()}\n"


def verify_note(note: str, name: str, keys: Iterable[Ed25519PublicKey]) -> str:
    """Return the text of a note that at least one of these keys signed under this name. Raises NotVerified.

    Lines of unknown keys are passed over; a bad signature by a known key spoils the note.
    """
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NotVerified("It is not a whole signed note.")
    known = {compute_key_id(name, key): key for key in keys}
    good = [verify_line(line, name, known, f"{text}\n") for line in signatures.splitlines()]
    if not any(good):
        raise NotVerified("No known key signed it.")
    return f"{text}\n"


def verify_line(line: str, name: str, known: dict[bytes, Ed25519PublicKey], text: str) -> bool:
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


def read_public_keys(text: str, signed_as: str) -> list[Ed25519PublicKey]:
    """Read the public keys in a text that may sign under this name: PEM, and lines `name+id+base64`.

    A line speaks for its own name alone, also where its key stands beside it as PEM. Raises NotVerified when there is
    no such key.
    """
    blocks = re.findall(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", text, re.DOTALL)
    lines = [line for line in text.splitlines() if re.fullmatch(r"\S+\+[0-9a-f]{8}\+\S+", line.strip())]
    try:
        nameless = [load_pem_public_key(f"{block}\n".encode()) for block in blocks]
        named = [parse_verifier_key(line.strip()) for line in lines]
    except (ValueError, UnsupportedAlgorithm):
        nameless, named = [], []
    public_keys = [key for key in nameless if isinstance(key, Ed25519PublicKey)]
    if not (public_keys or named) or len(public_keys) != len(nameless):
        raise NotVerified("The key file holds no Ed25519 public key (PEM, or a line name+id+key).")
    bound = {get_raw_bytes(key) for _name, key in named}
    fitting = [key for key in public_keys if get_raw_bytes(key) not in bound]
    fitting += [key for name, key in named if name == signed_as]
    if not fitting:
        names = ", ".join(sorted({name for name, _key in named}))
        raise NotVerified(f"The key file is of {names}, and this was signed as {signed_as}.")
    return fitting


def parse_verifier_key(line: str) -> tuple[str, Ed25519PublicKey]:
    """Return the name and the key of a line. Raises ValueError."""
    name, kid, encoded = line.split("+", 2)
    algorithm, public = (decoded := base64.b64decode(encoded, validate=True))[:1], decoded[1:]
    key = Ed25519PublicKey.from_public_bytes(public)
    if algorithm != ED25519 or compute_key_id(name, key).hex() != kid:
        raise ValueError
    return name, key


def build_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
