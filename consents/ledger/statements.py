"""Sign and keep statements about restorations: what a restored backup lost.

A log is never signed twice: after a loss it continues under another name (`…/ledger/2`), and the statement explains why
the checkpoints of its earlier name reach further than the log does.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.files.storage import Storage

from consents.core.signing import NotVerified, sign_note, verify_note
from consents.ledger.checkpoints import TreeHead, create_note, list_folder, read_note

FOLDER = "restorations"
SUFFIX = ".statement"


@dataclass(frozen=True)
class LossStatement:
    """A signed statement of the entries lost in a restoration.

    `generation` is the number in the log's new name; the log had `size` entries when it was restored, and `lost_size`
    in the newest checkpoint outside.
    """

    origin: str
    generation: int
    size: int
    root: bytes
    lost_size: int
    lost_root: bytes

    @property
    def text(self) -> str:
        kept, lost = (base64.b64encode(root).decode() for root in (self.root, self.lost_root))
        return f"{self.origin}\n{self.generation}\n{self.size} {kept}\n{self.lost_size} {lost}\n"


def sign_statement(statement: LossStatement, key: Ed25519PrivateKey) -> str:
    return sign_note(statement.text, statement.origin, key)


def verify_statement(note: str, keys: Iterable[Ed25519PublicKey]) -> LossStatement:
    """Return the statement in a signed note. Raises NotVerified."""
    try:
        origin, generation, kept, lost = note.partition("\n\n")[0].split("\n")
        (size, root), (lost_size, lost_root) = kept.split(" "), lost.split(" ")
        roots = [base64.b64decode(text, validate=True) for text in (root, lost_root)]
        statement = LossStatement(origin, int(generation), int(size), roots[0], int(lost_size), roots[1])
    except (ValueError, binascii.Error):
        raise NotVerified("It is not a statement of four lines.") from None
    if verify_note(note, statement.origin, keys) != statement.text:
        raise NotVerified("It is not a statement of four lines.")
    return statement


def publish_statement(storage: Storage, statement: LossStatement, note: str, at: datetime) -> str:
    name = f"{FOLDER}/{statement.generation:03d}-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    create_note(storage, name, note)
    return name


def read_statements(storage: Storage, keys: list[Ed25519PublicKey]) -> Iterator[tuple[str, LossStatement]]:
    """Yield (name, statement) of all that are kept, oldest first. Raises NotVerified for one that is not ours."""
    for name in sorted(list_folder(storage, FOLDER)[1]):
        if name.endswith(SUFFIX):
            yield f"{FOLDER}/{name}", verify_statement(read_note(storage, f"{FOLDER}/{name}"), keys)


def parse_generation(origin: str) -> int:
    """Return the number in a log's name; the first name has none."""
    number = origin.rpartition("/")[2]
    return int(number) if number.isdecimal() else 1


def is_stated_lost(sealed: TreeHead, statements: Iterable[LossStatement]) -> bool:
    """Return True if the checkpoint reaches beyond what a later restoration brought back."""
    generation = parse_generation(sealed.origin)
    return any(generation < statement.generation and sealed.size > statement.size for statement in statements)
