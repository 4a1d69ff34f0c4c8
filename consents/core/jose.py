"""Signed JSON (JWS, compact) under Ed25519, and the public keys in the form that every JOSE library reads.

Verifying trusts nothing the text says of itself: one algorithm (`Ed25519`, RFC 9864), one type, and a key from the
verifier's own set. `jwk`, `jku`, `x5c` and `x5u` in the header are not looked at. Needs neither settings nor database.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from consents.core.canonical import canonical
from consents.core.refusals import Refusal
from consents.core.signing import load, raw

ALGORITHM = "Ed25519"
LARGEST = 200_000  # characters of a signed text
LONGEST_HEADER = 2_000


class NotGenuine(Refusal):
    """Why a signed text does not count."""

    status = 422
    sentence = _("This is not genuine.")


class TooLarge(NotGenuine):
    status = 413
    sentence = _("This is too large.")


class NotSignedText(NotGenuine):
    sentence = _("This is not a whole signed text: three parts of letters and digits with two dots between them.")


class NotSigned(NotGenuine):
    sentence = _("This says of itself that nobody signed it (algorithm “none”).")


class OtherAlgorithm(NotGenuine):
    sentence = _("This is signed in another way than we sign (we use Ed25519 alone).")


class OtherType(NotGenuine):
    sentence = _("This is signed, but it is of another type.")


class UnknownKey(NotGenuine):
    sentence = _("This names a key that is not ours.")


class WithdrawnKey(NotGenuine):
    sentence = _("This was signed with a key that we have withdrawn.")

    def __init__(self, since: date) -> None:
        super().__init__(
            _("This proves nothing: the key that signed it was withdrawn, because others may have it since %(date)s.")
            % {"date": since.isoformat()}
        )


class Changed(NotGenuine):
    sentence = _("This is not as it was signed: it was changed, or somebody else signed it.")


@dataclass(frozen=True)
class KeySet:
    """Public keys by their RFC 7638 thumbprint; of withdrawn ones (no longer safe) only the day is left."""

    keys: Mapping[str, Ed25519PublicKey]
    withdrawn: Mapping[str, date] = field(default_factory=dict)


def encode(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    """Raises NotSignedText, also for a second spelling of the same bytes."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise NotSignedText from None
    if encode(found) != part:
        raise NotSignedText
    return found


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: what a key is named by."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": encode(raw(key))}
    return encode(hashlib.sha256(canonical(members)).digest())


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The public members alone."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": encode(raw(key)),
        "kid": thumbprint(key),
        "use": "sig",
        "alg": ALGORITHM,
    }


def jwks(known: KeySet) -> dict[str, Any]:
    """For /.well-known/jwks.json. Withdrawn keys are named beside the keys, where no library takes them for one."""
    withdrawn = [{"kid": kid, "withdrawn_since": day.isoformat()} for kid, day in known.withdrawn.items()]
    return {"keys": [jwk(key) for key in known.keys.values()], "withdrawn": withdrawn}


def read_jwks(text: str) -> KeySet:
    """Raises NotGenuine when this is no set of public Ed25519 keys. Keys of other kinds are passed over."""
    try:
        found = json.loads(text)
        ours = [one for one in found["keys"] if (one["kty"], one.get("crv")) == ("OKP", "Ed25519")]
        keys = [Ed25519PublicKey.from_public_bytes(decode(one["x"])) for one in ours]
        withdrawn = {one["kid"]: date.fromisoformat(one["withdrawn_since"]) for one in found.get("withdrawn", [])}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NotGenuine):
        raise NotGenuine(_("The file of keys is not a JSON Web Key Set with Ed25519 keys.")) from None
    if not keys and not withdrawn:
        raise NotGenuine(_("The file of keys holds no Ed25519 key."))
    return KeySet({thumbprint(key): key for key in keys}, withdrawn)


def withdrawn_note(key: Ed25519PublicKey, since: date) -> str:
    """What is left of a withdrawn key in its file."""
    return f"{thumbprint(key)} {since.isoformat()}"


def by_number(id: str) -> tuple[int, str]:
    return len(id), id


def known_in(folder: Path, kind: str) -> KeySet:
    """The keys of a kind in a folder, newest last. Raises ImproperlyConfigured when one is damaged or none signs."""
    keys = load(folder, kind)
    ordered = [keys[id].public_key() for id in sorted(keys, key=by_number)]
    try:
        notes = [path.read_text().split() for path in sorted(folder.glob(f"withdrawn-{kind}-*"))]
        withdrawn = {kid: date.fromisoformat(since) for kid, since in notes}
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"The file of a withdrawn key in {folder} cannot be read.") from None
    return KeySet({thumbprint(key): key for key in ordered}, withdrawn)


def registry() -> JWSRegistry:
    """Other libraries' headers are none of our concern: they are neither used nor refused."""
    strict = JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    strict.max_header_length, strict.max_payload_length = LONGEST_HEADER, LARGEST
    return strict


def sign(payload: bytes, *, typ: str, key: Ed25519PrivateKey) -> str:
    """The same bytes under the same key give the same text."""
    header = {"alg": ALGORITHM, "kid": thumbprint(key.public_key()), "typ": typ}
    return jws.serialize_compact(header, payload, OKPKey.import_key(key), registry=registry())


def verify(text: str, *, typ: str, known: KeySet) -> bytes:
    """The payload of a text that one of the known keys signed. Raises the NotGenuine that says why not."""
    if len(text) > LARGEST:
        raise TooLarge
    parts = text.split(".")
    if len(parts) != 3 or len(parts[0]) > LONGEST_HEADER:
        raise NotSignedText
    head, payload, _signature = map(decode, parts)
    key = key_for(header_of(head), typ, known)
    try:
        found = jws.deserialize_compact(text, OKPKey.import_key(key), registry=registry())
    except (JoseError, ValueError):
        raise Changed from None
    assert found.payload == payload
    return payload


def header_of(head: bytes) -> dict[str, Any]:
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        raise NotSignedText from None
    if not isinstance(header, dict):
        raise NotSignedText
    return header


def key_for(header: Mapping[str, Any], typ: str, known: KeySet) -> Ed25519PublicKey:
    """The key the header names among ours, if the rest of it is as we sign."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if isinstance(algorithm, str) and algorithm.lower() == "none":
        raise NotSigned
    # `crit` and `b64` change what is signed; we use neither.
    if algorithm != ALGORITHM or header.keys() & {"crit", "b64"}:
        raise OtherAlgorithm
    if header.get("typ") != typ:
        raise OtherType
    if isinstance(kid, str) and kid in known.withdrawn:
        raise WithdrawnKey(known.withdrawn[kid])
    if not isinstance(kid, str) or kid not in known.keys:
        raise UnknownKey
    return known.keys[kid]
