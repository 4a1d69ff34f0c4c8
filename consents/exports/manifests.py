"""The manifest: what was exported, by whom and for what, of which ledger, signed (JWS, Ed25519).

Verifying needs the text and the public keys alone: no database, no settings, no network.
"""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext_lazy as _

from consents.core import jose
from consents.core.canonical import canonical
from consents.core.jose import KeySet, NotGenuine

NAME, READABLE = "manifest.jws", "manifest.json"
TYPE = "consent-export+jws"
KIND_OF_KEY = "receipt"  # the keys that the web process signs with, published at /.well-known/jwks.json
FORMAT = "consent-portal-export/1"


class NoManifest(NotGenuine):
    sentence = _("This is signed by us, but it is not the manifest of an export.")


@dataclass(frozen=True)
class File:
    """One file of an export. `rows`: records, headings are none."""

    name: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A genuine manifest. `payload`: the bytes that were signed."""

    payload: bytes
    content: dict[str, Any]

    @property
    def files(self) -> list[File]:
        return [File(one["name"], one["rows"], one["size"], one["sha256"]) for one in self.content["files"]]

    @property
    def records(self) -> File:
        return self.files[0]


def signed(content: dict[str, Any], key: Ed25519PrivateKey) -> tuple[str, bytes]:
    """The signed text, and the bytes that it signs."""
    payload = canonical({"format": FORMAT} | content)
    return jose.sign(payload, typ=TYPE, key=key), payload


def readable(payload: bytes) -> bytes:
    """The same, to be read by people; nobody signs this one."""
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False).encode() + b"\n"


def verified(text: str, known: KeySet) -> Manifest:
    """Raises the NotGenuine that says why not."""
    payload = jose.verify(text.strip(), typ=TYPE, known=known)
    content = json.loads(payload)
    if content.get("format") != FORMAT:
        raise NoManifest
    return Manifest(payload, content)
