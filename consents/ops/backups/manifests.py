"""The signed manifest of a backup: files and their hashes, rows of every table, how far log and journal went."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consents.core.canonical import encode_canonical
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, verify_note

NAME = "manifest"
DATABASE = "database.dump"
KEYS = "keys"
PIECE = 1024 * 1024


class NotABackup(Refusal):
    sentence = "This is no backup of this portal: its manifest is missing, damaged or not signed by one of its keys."


class BackupDamaged(Refusal):
    sentence = "The backup is damaged: a file is not the one that was signed for."


class WrongKeys(Refusal):
    sentence = "The keys of this portal are not those of the backup, and nobody could read it: %(problems)s."


class KeysGone(Refusal):
    sentence = "The customers’ keys of this backup are gone: they are kept for 7 days. Restore a newer one."


@dataclass(frozen=True)
class Manifest:
    """`log_origin`, `log_size`, `log_root`: the newest checkpoint inside; `journal_number`, `journal_hash`: the head of
    the journal; `waiting`: entries inside that were yet to be written there;
    `key_checks`: check values of the portal's keys, by name; `programs`: the major version of pg_dump. Roots and hashes
    in hexadecimal."""

    backup: str
    database: str
    keys: str
    counts: dict[str, int]
    log_origin: str
    log_size: int
    log_root: str
    entries: int
    journal_number: int
    journal_hash: str
    waiting: list[str] = field(default_factory=list)
    key_checks: dict[str, str] = field(default_factory=dict)
    programs: int = 0

    @property
    def text(self) -> str:
        return encode_canonical(asdict(self)).decode() + "\n"


def list_backups(folder: Path) -> list[Path]:
    """List the backups inside a folder, the newest last."""
    return sorted(path.parent for path in folder.glob(f"*/{NAME}"))


def get_dump_path(folder: Path) -> Path:
    return folder / DATABASE


def get_keys_path(folder: Path) -> Path:
    """Return where the keys lie: in a folder of their own, which can be copied and thrown away separately."""
    return folder.parent / KEYS / f"{folder.name}.dump"


def read_manifest(folder: Path, name: str, keys: Iterable[Ed25519PublicKey]) -> Manifest:
    """Read the manifest and check signature and hashes. Raises NotABackup, BackupDamaged, KeysGone."""
    try:
        note = (folder / NAME).read_text()
        manifest = Manifest(**json.loads(verify_note(note, name, keys)))
    except (OSError, ValueError, TypeError, NotVerified):
        raise NotABackup from None
    if not get_keys_path(folder).is_file():
        raise KeysGone
    try:
        hashes = hash_file(get_dump_path(folder)), hash_file(get_keys_path(folder))
    except OSError:
        raise BackupDamaged from None
    if hashes != (manifest.database, manifest.keys):
        raise BackupDamaged
    return manifest


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
