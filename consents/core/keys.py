"""The portal's keys, one file each in a folder outside the database (mode 0600).

`secret_key` signs sessions and forms; `index_key` keys the hashes that addresses and references are found by;
`wrap-<id>` are the key-encryption keys that wrap each customer's own key. The newest wraps, all still unwrap;
`retired-<id>` are kept aside and unwrap nothing. `sign-<id>` sign the ledger's checkpoints, `receipt-<id>` receipts
(consents.core.signing); `withdrawn-receipt-<id>` is what is left of one that others may have.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Keyring:
    """Keys in memory. `wrapping` maps key id to 32 bytes; `current` is the id new keys are wrapped with."""

    secret_key: str = field(repr=False)
    index_key: bytes = field(repr=False)
    wrapping: dict[str, bytes] = field(repr=False)
    current: str


def make(folder: Path) -> None:
    """Make the keys that are missing; never touches one that exists."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(folder / "secret_key", secrets.token_urlsafe(48))
    write_once(folder / "index_key", secrets.token_hex(32))
    if not any(folder.glob("wrap-*")):
        write_once(folder / "wrap-1", secrets.token_hex(32))
    if not any(folder.glob("sign-*")):
        write_once(folder / "sign-1", secrets.token_hex(32))
    if not any(found for kind in ("receipt", "withdrawn-receipt") for found in folder.glob(f"{kind}-*")):
        write_once(folder / "receipt-1", secrets.token_hex(32))


def write_once(path: Path, value: str) -> None:
    """Two first starts at once end with one key: the file appears whole, under a name of its own, or not at all."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(value)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class WrappingKeys(dict[str, bytes]):
    """The key-encryption keys of a folder by id. One made after this process started is found when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            {path.name.removeprefix("wrap-"): bytes.fromhex(path.read_text()) for path in folder.glob("wrap-*")}
        )

    def __missing__(self, kid: str) -> bytes:
        """Raises KeyError for a key that is not there, not whole, or not named by letters and digits alone."""
        try:
            key = bytes.fromhex((self.folder / f"wrap-{kid}").read_text() if kid.isalnum() else "")
        except (OSError, ValueError):
            raise KeyError(kid) from None
        if len(key) != 32:
            raise KeyError(kid)
        self[kid] = key
        return key


def newest(kids: Iterable[str]) -> str:
    return max(kids, key=lambda kid: (len(kid), kid))


def add_wrapping_key(folder: Path) -> str:
    """Make the next key-encryption key; returns its id. What is sealed from the next start on is wrapped with it."""
    return add(folder, "wrap")


def add(folder: Path, kind: str) -> str:
    kid, value = drawn(folder, kind)
    keep(folder, kind, kid, value)
    return kid


def drawn(folder: Path, kind: str) -> tuple[str, str]:
    """The next key of a kind, id and value, for `keep`: until then it is nobody's.

    Numbers are never given twice, also not that of a key that is withdrawn.
    """
    paths = [*folder.glob(f"{kind}-*"), *folder.glob(f"withdrawn-{kind}-*")]
    newest_now = newest(path.name.rpartition("-")[2] for path in paths)
    if not newest_now.isdecimal():
        raise ImproperlyConfigured("Keys are numbered; the newest one has another name.")
    return str(int(newest_now) + 1), secrets.token_hex(32)


def keep(folder: Path, kind: str, kid: str, value: str) -> None:
    """From now on it wraps or signs; the older ones still unwrap and verify."""
    write_once(folder / f"{kind}-{kid}", value)


def withdraw_receipt_key(folder: Path, kid: str, left: str) -> None:
    """What it signed counts no more. The private half is destroyed; `left` is what is written in its place."""
    write_once(folder / f"withdrawn-receipt-{kid}", left)
    (folder / f"receipt-{kid}").unlink(missing_ok=True)


def retire_wrapping_key(folder: Path, kid: str) -> None:
    """It unwraps no more, but the file stays under another name: backups of the database may still need it."""
    (folder / f"wrap-{kid}").rename(folder / f"retired-{kid}")


def load(folder: Path, *, create: bool) -> Keyring:
    """Read the keys. Raises ImproperlyConfigured with one sentence when they are missing or damaged."""
    try:
        if create:
            make(folder)
        wrapping = WrappingKeys(folder)
        index_key = bytes.fromhex((folder / "index_key").read_text())
        secret_key = (folder / "secret_key").read_text().strip()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"No keys in {folder}. Run `manage.py make_keys` once, and keep a copy apart."
        ) from None
    except (OSError, ValueError) as reason:
        raise ImproperlyConfigured(f"The keys in {folder} cannot be read ({type(reason).__name__}).") from None
    if not any(folder.glob("receipt-*")) or not any(folder.glob("sign-*")):
        raise ImproperlyConfigured(f"A signing key is missing in {folder}. Run `manage.py make_keys`.")
    if not wrapping or any(len(key) != 32 for key in [index_key, *wrapping.values()]) or len(secret_key) < 50:
        raise ImproperlyConfigured(f"A key in {folder} is too short or missing.")
    return Keyring(secret_key, index_key, wrapping, newest(wrapping))
