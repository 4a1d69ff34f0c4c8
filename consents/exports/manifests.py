"""Sign and verify the manifest of an export: what was exported, by whom, why, from which ledger (JWS, Ed25519).

Verifying needs only the text and the public keys: no database, no settings, no network.
"""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext_lazy as _

from consents.core import jose
from consents.core.canonical import encode_canonical
from consents.core.jose import KeySet, NotGenuine

NAME, READABLE = "manifest.jws", "manifest.json"
TYPE = "consent-export+jws"
KIND_OF_KEY = "export"  # published at /.well-known/jwks.json
FORMAT = "consent-portal-export/1"


class NotAManifest(NotGenuine):
    sentence = _("We signed this, but it is not the manifest of an export.")


@dataclass(frozen=True)
class ExportedFile:
    """Describe a file of an export. `rows`: number of records, without headings."""

    name: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A manifest whose signature was verified. `payload`: the signed bytes."""

    payload: bytes
    content: dict[str, Any]

    @property
    def files(self) -> list[ExportedFile]:
        return [ExportedFile(**file) for file in self.content["files"]]

    @property
    def records(self) -> ExportedFile:
        return self.files[0]


def sign_manifest(content: dict[str, Any], key: Ed25519PrivateKey) -> tuple[str, bytes]:
    """Return the signed text and the bytes that it signs."""
    payload = encode_canonical({"format": FORMAT} | content)
    return jose.sign_jws(payload, typ=TYPE, key=key), payload


def render_manifest(payload: bytes) -> bytes:
    """Return the manifest as indented JSON for people. This copy is not signed."""
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False).encode() + b"\n"


def verify_manifest(text: str, known: KeySet) -> Manifest:
    """Return the manifest of a signed text. Raises NotGenuine with the reason."""
    payload = jose.verify_jws(text.strip(), typ=TYPE, known=known)
    content = json.loads(payload)
    if content.get("format") != FORMAT:
        raise NotAManifest
    return Manifest(payload, content)
