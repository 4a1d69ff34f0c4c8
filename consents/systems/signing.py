"""Keep the secrets of webhooks, and sign with them (Standard Webhooks 1.0.0, signatures `v1`).

A secret is a file of its own beside the keys, `webhook-<system>-<n>`, in the form in which the system is given it:
`whsec_` and 32 random bytes. While the newest two are there, both sign.
"""

import base64
import hmac
import re
import secrets
from pathlib import Path

from consents.core.key_writing import write_once

PREFIX = "whsec_"
BYTES, LEAST_BYTES, MOST_BYTES = 32, 24, 64
MOST_SECRETS = 2


class NoSecret(Exception):
    """Signal that there is no secret to sign with, or none that is whole."""


def make_secret(folder: Path, system: str) -> str:
    """Make the next secret of this system, which signs beside the one before. Raises ImproperlyConfigured."""
    number = max(list_secret_files(folder, system), default=0) + 1
    path = folder / f"webhook-{system}-{number}"
    write_once(path, PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode())
    return path.read_text()  # that of whoever was first, if two made it at once


def drop_older_secrets(folder: Path, system: str) -> int:
    """Remove all but the newest. Returns how many."""
    older = list(list_secret_files(folder, system).values())[1:]
    for path in older:
        path.unlink()
    return len(older)


def list_secret_files(folder: Path, system: str) -> dict[int, Path]:
    """List the files of this system's secrets by number, the newest first."""
    names = {path: re.fullmatch(rf"webhook-{re.escape(system)}-(\d+)", path.name) for path in folder.glob("webhook-*")}
    numbered = {int(match[1]): path for path, match in names.items() if match}
    return dict(sorted(numbered.items(), reverse=True))


def read_secrets(folder: Path, system: str) -> list[bytes]:
    """Read what signs, the newest first. Raises NoSecret."""
    paths = list(list_secret_files(folder, system).values())[:MOST_SECRETS]
    try:
        found_secrets = [base64.b64decode(read_encoded_secret(path), validate=True) for path in paths]
    except (OSError, ValueError):
        raise NoSecret from None
    if not found_secrets or not all(LEAST_BYTES <= len(secret) <= MOST_BYTES for secret in found_secrets):
        raise NoSecret
    return found_secrets


def read_encoded_secret(path: Path) -> str:
    written = path.read_text().strip()
    if not written.startswith(PREFIX):
        raise NoSecret
    return written.removeprefix(PREFIX)


def sign_webhook(signing: list[bytes], id: str, timestamp: int, body: bytes) -> str:
    """Sign exactly these bytes with each secret."""
    signed = f"{id}.{timestamp}.".encode() + body
    codes = [base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in signing]
    return " ".join(f"v1,{code}" for code in codes)
