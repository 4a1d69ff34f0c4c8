"""Make and load the portal's keys, one file each in a folder outside the database (mode 0600).

`secret_key` seals sessions and signs forms; `old-secret-<n>` are those before it, which still open them. `index_key`
keys the hashes that addresses and references are found by, and `index-<n>`, each after the one before, hash those once
more (consents.core.sealing); `wrap-<id>` are the key-encryption keys that wrap each customer's own key and seal second
factors. The newest wraps, all still unwrap; `retired-<id>` are kept aside and unwrap nothing. `journal-<id>`
authenticate the lines of the journal outside; the newest does, all are believed. `sign-<id>` sign the ledger's
checkpoints, `receipt-<id>` receipts, `export-<id>` manifests of exports (consents.core.signing);
`withdrawn-receipt-<id>`, `withdrawn-export-<id>` are what is left of one that others may have.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# What outsiders verify with published keys: apart, so that giving up the keys of one leaves the other genuine.
PUBLISHED = ("receipt", "export")
KINDS = ("wrap", "journal", "sign", *PUBLISHED)  # numbered, besides secret_key and index_key
SECRET_LENGTH = 50  # characters, at least
MOST_INDEX_KEYS = 255  # a keyed hash begins with the byte that numbers its newest key


@dataclass(frozen=True)
class Keyring:
    """Keys in memory. `wrapping` maps key id to 32 bytes; `current` is the id new keys are wrapped with.

    `journal` likewise maps key ids to the keys that authenticate the journal, `journal_current` is the newest.
    `later_index_keys`: those that a rotation has added after `index_key`, which is the first, in this order.
    """

    secret_key: str = field(repr=False)
    index_key: bytes = field(repr=False)
    wrapping: dict[str, bytes] = field(repr=False)
    current: str
    journal: dict[str, bytes] = field(repr=False, default_factory=dict)
    journal_current: str = ""
    later_index_keys: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def index_number(self) -> int:
        """The number of the newest index key; `index_key` is number 1."""
        return 1 + len(self.later_index_keys)


class UnreadKeyring:
    """A keyring whose files are read when a key is first needed. From then on its keys are attributes of its own."""

    _mask_wrapped = True  # Django asks each setting for it at every read: a tenth of an import went into not having it

    def __init__(self, find_folder: Callable[[], Path]) -> None:
        self.find_folder = find_folder

    def __getattr__(self, name: str) -> Any:
        if name not in (*Keyring.__dataclass_fields__, "index_number"):
            raise AttributeError(name)
        keyring = load_keyring(self.find_folder())
        vars(self).update(vars(keyring), index_number=keyring.index_number)
        return getattr(keyring, name)


def make_keys(folder: Path) -> None:
    """Make the keys that are missing; never touches one that exists. Raises ImproperlyConfigured."""
    with explain_unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(folder / "secret_key", secrets.token_urlsafe(48))
    write_once(folder / "index_key", secrets.token_hex(32))
    for name in list_missing_keys(folder):
        write_once(folder / name, secrets.token_hex(32))


def list_missing_keys(folder: Path) -> list[str]:
    """Return the names of the keys that `make_keys` would make."""
    names = [name for name in ("secret_key", "index_key") if not (folder / name).exists()]
    kinds = {kind: [kind, f"withdrawn-{kind}"] if kind in PUBLISHED else [kind] for kind in KINDS}
    return names + [f"{kind}-1" for kind, forms in kinds.items() if not any(list_files(folder, *forms))]


def list_files(folder: Path, *kinds: str) -> list[Path]:
    return [path for kind in kinds for path in sorted(folder.glob(f"{kind}-*"))]


class FolderKeys(dict[str, bytes]):
    """The keys of one kind in a folder, by id. One made after this process started is found when it is asked for."""

    def __init__(self, folder: Path, kind: str = "wrap") -> None:
        self.folder, self.kind = folder, kind
        super().__init__(
            {path.name.removeprefix(f"{kind}-"): bytes.fromhex(path.read_text()) for path in folder.glob(f"{kind}-*")}
        )

    def __missing__(self, kid: str) -> bytes:
        """Raises KeyError for a key that is not there, not whole, or not named by letters and digits alone."""
        try:
            key = bytes.fromhex((self.folder / f"{self.kind}-{kid}").read_text() if kid.isalnum() else "")
        except (OSError, ValueError):
            raise KeyError(kid) from None
        if len(key) != 32:
            raise KeyError(kid)
        self[kid] = key
        return key


def rotate_secret_key(folder: Path) -> None:
    """Make a new `secret_key`; what the old one sealed or signed still counts until `drop_older_secrets`."""
    numbers = [int(path.name.rpartition("-")[2]) for path in list_older_secrets(folder)]
    write_once(folder / f"old-secret-{max(numbers, default=0) + 1}", (folder / "secret_key").read_text())
    draft = folder / ".secret_key.new"
    draft.unlink(missing_ok=True)
    write_once(draft, secrets.token_urlsafe(48))
    draft.replace(folder / "secret_key")


def drop_older_secrets(folder: Path) -> int:
    """Remove the older secrets: from the next start on nothing they sealed or signed counts. Returns how many."""
    older = list_older_secrets(folder)
    for path in older:
        path.unlink()
    return len(older)


def read_older_secrets(folder: Path) -> list[str]:
    """Read the secrets before the present one, newest first. Raises ImproperlyConfigured."""
    try:
        return [path.read_text().strip() for path in list_older_secrets(folder)]
    except (OSError, ValueError) as reason:
        raise ImproperlyConfigured(f"The keys in {folder} cannot be read ({type(reason).__name__}).") from None


def read_secret_key(folder: Path) -> str:
    """Read the present secret; empty where it cannot be read, or is not whole."""
    try:
        secret = (folder / "secret_key").read_text().strip()
    except (OSError, ValueError):
        return ""
    return secret if len(secret) >= SECRET_LENGTH else ""


def list_older_secrets(folder: Path) -> list[Path]:
    numbered = {path.name.rpartition("-")[2]: path for path in folder.glob("old-secret-*")}
    return [numbered[number] for number in reversed(sort_key_ids(numbered)) if number.isdecimal()]


def sort_key_ids(kids: Iterable[str]) -> list[str]:
    """Order numbers as numbers, newest last."""
    return sorted(kids, key=lambda kid: (len(kid), kid))


def pick_newest(kids: Iterable[str]) -> str:
    return sort_key_ids(kids)[-1]


def add_key(folder: Path, kind: str) -> str:
    """Make the next key of a kind; returns its id. From the next start on it is the one that wraps, or signs."""
    kid, value = draw_key(folder, kind)
    save_key(folder, kind, kid, value)
    return kid


def draw_key(folder: Path, kind: str) -> tuple[str, str]:
    """Generate the next key of a kind, id and value, for `save_key`; nothing is stored before.

    Numbers are never given twice, also not that of a key that is withdrawn.
    """
    paths = [*folder.glob(f"{kind}-*"), *folder.glob(f"withdrawn-{kind}-*")]
    newest_now = pick_newest(path.name.rpartition("-")[2] for path in paths)
    if not newest_now.isdecimal():
        raise ImproperlyConfigured("Keys are numbered; the newest one has another name.")
    return str(int(newest_now) + 1), secrets.token_hex(32)


def add_index_key(folder: Path) -> str:
    """Make the next index key; returns its name. Raises ImproperlyConfigured where one between is missing."""
    number = len(read_later_index_keys(folder)) + 2
    if number > MOST_INDEX_KEYS:
        raise ImproperlyConfigured(f"There can be no more than {MOST_INDEX_KEYS} index keys.")
    write_once(folder / f"index-{number}", secrets.token_hex(32))
    return f"index-{number}"


def read_later_index_keys(folder: Path) -> tuple[bytes, ...]:
    """Read the index keys after the first, in their order. Raises ImproperlyConfigured where one is missing."""
    numbered = list_files(folder, "index")
    paths = [folder / f"index-{number}" for number in range(2, len(numbered) + 2)]
    if set(paths) != set(numbered):
        raise ImproperlyConfigured(f"The keys in {folder} named index-<n> do not run from 2 without a gap.")
    return tuple(bytes.fromhex(path.read_text()) for path in paths)


def save_key(folder: Path, kind: str, kid: str, value: str) -> None:
    """Write a key, which wraps or signs from now on; the older ones still unwrap and verify."""
    write_once(folder / f"{kind}-{kid}", value)


def withdraw_key(folder: Path, kind: str, kid: str, left: str) -> None:
    """Destroy the private half, so that what it signed no longer counts, and write `left` in its place."""
    write_once(folder / f"withdrawn-{kind}-{kid}", left)
    (folder / f"{kind}-{kid}").unlink(missing_ok=True)


def retire_wrapping_key(folder: Path, kid: str) -> None:
    """Stop unwrapping with a key, and keep its file under another name: older backups may still need it."""
    (folder / f"wrap-{kid}").rename(folder / f"retired-{kid}")


def load_keyring(folder: Path) -> Keyring:
    """Read the keys. Raises ImproperlyConfigured with one sentence when they are missing or damaged."""
    try:
        wrapping, journal = FolderKeys(folder), FolderKeys(folder, "journal")
        index_key = bytes.fromhex((folder / "index_key").read_text())
        later_index_keys = read_later_index_keys(folder)
        secret_key = (folder / "secret_key").read_text().strip()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"No keys in {folder}. Run `manage.py make_keys` once, and keep a copy apart."
        ) from None
    except (OSError, ValueError) as reason:
        raise ImproperlyConfigured(f"The keys in {folder} cannot be read ({type(reason).__name__}).") from None
    if not journal or not all(any(folder.glob(f"{kind}-*")) for kind in ("sign", *PUBLISHED)):
        raise ImproperlyConfigured(f"A signing key is missing in {folder}. Run `manage.py make_keys`.")
    symmetric = [index_key, *later_index_keys, *wrapping.values(), *journal.values()]
    if not wrapping or any(len(key) != 32 for key in symmetric) or len(secret_key) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"A key in {folder} is too short or missing.")
    newest, newest_journal = pick_newest(wrapping), pick_newest(journal)
    return Keyring(secret_key, index_key, wrapping, newest, journal, newest_journal, later_index_keys)


def compute_checks(folder: Path) -> dict[str, str]:
    """Return a check value of each key that data was written with, by name: an HMAC, from which nobody learns the key.

    `secret_key` has none: without it only sessions end. Raises ImproperlyConfigured for a damaged key.
    """
    paths = [path for path in [folder / "index_key", *list_files(folder, "index", *KINDS)] if path.exists()]
    return {path.name: compute_check(path, path.name) for path in paths}


def compute_check(path: Path, name: str) -> str:
    try:
        key = bytes.fromhex(path.read_text())
    except (OSError, ValueError) as reason:
        raise ImproperlyConfigured(f"The key {path.name} in {path.parent} cannot be read.") from reason
    return hmac.new(key, b"consents key check\0" + name.encode(), hashlib.sha256).hexdigest()[:32]


def find_key_problems(folder: Path, expected: Mapping[str, str], *, may_be_retired: bool = True) -> list[str]:
    """Say in sentences which keys are missing or are not those of these check values; empty if all are right.

    `may_be_retired`: a retired wrapping key will do, since nothing is wrapped with it now.
    """
    found = compute_checks(folder)
    problems = []
    for name, check in sorted(expected.items()):
        retired = folder / name.replace("wrap-", "retired-", 1)
        if name in found:
            problems += [] if found[name] == check else [f"The key {name} in {folder} is another one."]
        elif name.startswith("wrap-") and retired.exists():
            problems += [] if may_be_retired else [f"The key {name} is retired: rename {retired.name} to {name} first."]
        elif not (folder / f"withdrawn-{name}").exists():
            problems.append(f"The key {name} is missing in {folder}.")
    return problems


def write_once(path: Path, value: str) -> None:
    """Write a file whole or not at all, so that two first starts at once end with one key. On return the disk has it:
    nothing sealed under a key may outlive it.

    Raises ImproperlyConfigured.
    """
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with explain_unwritable(path.parent):
        try:
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(value)
            flush_to_disk(draft)
            path.hardlink_to(draft)
            flush_to_disk(path.parent)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Return when the disk has a file as it is, or which names a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explain_unwritable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise ImproperlyConfigured(f"Keys cannot be written to {folder} ({reason.strerror}).") from None
