"""Say which database may seal into a place: numbered, signed statements kept with the checkpoints; the newest counts.

Two databases that sealed into one place would sign two histories: a copy for trying things out, or the old primary that
comes back after a restoration. Each number is taken once, by a write that succeeds for one of two at the same moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.files.storage import Storage

from consents.core.signing import NotVerified, sign_note, verify_note
from consents.ledger.checkpoints import create_note, list_folder, read_note

FOLDER = "sealers"
SUFFIX = ".sealer"


@dataclass(frozen=True)
class Sealer:
    """The database that may seal since the statement of this number. `database`: what PostgreSQL calls it."""

    origin: str
    number: int
    database: str

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.number}\n{self.database}\n"

    @property
    def name(self) -> str:
        return f"{FOLDER}/{self.number:06d}{SUFFIX}"


def read_sealer(storage: Storage, keys: Iterable[Ed25519PublicKey]) -> Sealer | None:
    """Return the newest statement; None where nobody has sealed yet. Raises NotVerified, OSError."""
    names = [name for name in list_folder(storage, FOLDER)[1] if name.endswith(SUFFIX)]
    return verify_sealer(read_note(storage, f"{FOLDER}/{max(names)}"), keys) if names else None


def verify_sealer(note: str, keys: Iterable[Ed25519PublicKey]) -> Sealer:
    try:
        origin, number, database = note.partition("\n\n")[0].split("\n")
        sealer = Sealer(origin, int(number), database)
    except ValueError:
        raise NotVerified("It is not a statement of three lines.") from None
    if verify_note(note, sealer.origin, keys) != sealer.text:
        raise NotVerified("It is not a statement of three lines.")
    return sealer


def publish_sealer(storage: Storage, sealer: Sealer, key: Ed25519PrivateKey) -> bool:
    """Keep the statement; False if another has taken its number."""
    return create_note(storage, sealer.name, sign_note(sealer.text, sealer.origin, key))
