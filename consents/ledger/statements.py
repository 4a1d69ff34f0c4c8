"""Statements about restorations: signed notes, kept with the checkpoints, that say what a restored backup lost.

A log is never signed twice: after a loss it goes on under another name (`…/ledger/2`), and the statement tells why the
checkpoints of its earlier name reach further than the log does.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.files.storage import Storage

from consents.core.signing import NotVerified, open_note, sign_note
from consents.ledger.checkpoints import Sealed, listed, publish, read

FOLDER = "restorations"
SUFFIX = ".statement"


@dataclass(frozen=True)
class Statement:
    """`generation` is the number of the name under which the log goes on; it had `size` entries when it was restored,
    and `lost_size` in the newest checkpoint outside."""

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


def signed(statement: Statement, key: Ed25519PrivateKey) -> str:
    return sign_note(statement.text, statement.origin, key)


def verified(note: str, keys: Iterable[Ed25519PublicKey]) -> Statement:
    """Raises NotVerified."""
    try:
        origin, generation, kept, lost = note.partition("\n\n")[0].split("\n")
        (size, root), (lost_size, lost_root) = kept.split(" "), lost.split(" ")
        roots = [base64.b64decode(text, validate=True) for text in (root, lost_root)]
        statement = Statement(origin, int(generation), int(size), roots[0], int(lost_size), roots[1])
    except (ValueError, binascii.Error):
        raise NotVerified("It is not a statement of four lines.") from None
    if open_note(note, statement.origin, keys) != statement.text:
        raise NotVerified("It is not a statement of four lines.")
    return statement


def keep(storage: Storage, statement: Statement, note: str, at: datetime) -> str:
    name = f"{FOLDER}/{statement.generation:03d}-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    publish(storage, name, note)
    return name


def kept(storage: Storage, keys: list[Ed25519PublicKey]) -> Iterator[tuple[str, Statement]]:
    """(name, statement) of all that are kept, oldest first. Raises NotVerified for one that is not ours."""
    for name in sorted(listed(storage, FOLDER)[1]):
        if name.endswith(SUFFIX):
            yield f"{FOLDER}/{name}", verified(read(storage, f"{FOLDER}/{name}"), keys)


def generation_of(origin: str) -> int:
    """The number in a log's name; the first name has none."""
    number = origin.rpartition("/")[2]
    return int(number) if number.isdecimal() else 1


def is_stated_lost(sealed: Sealed, statements: Iterable[Statement]) -> bool:
    """The checkpoint reaches beyond what a later restoration brought back."""
    generation = generation_of(sealed.origin)
    return any(generation < one.generation and sealed.size > one.size for one in statements)
