"""Sign and verify JSON (JWS, compact) under Ed25519, with public keys in the form that every JOSE library reads.

Verifying trusts nothing the text says of itself: one algorithm (`Ed25519`, RFC 9864), one type, and a key from the
verifier's own set. `jwk`, `jku`, `x5c` and `x5u` in the header are not looked at. Needs neither settings nor database.
"""

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
from joserfc.errors import JoseError, MissingAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from consents.core.keys import sort_key_ids
from consents.core.refusals import NotValid
from consents.core.signing import load_signing_keys

ALGORITHM = "Ed25519"
OURS = ("OKP", "Ed25519")
LARGEST = 200_000  # characters of a signed text
LONGEST_HEADER = 2_000


class NotGenuine(NotValid):
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


class WrongSignature(NotGenuine):
    sentence = _("This is not as it was signed: it was changed, or somebody else signed it.")


@dataclass(frozen=True)
class KeySet:
    """Public keys by their RFC 7638 thumbprint, and the day since which each withdrawn key is no longer safe."""

    keys: Mapping[str, Ed25519PublicKey]
    withdrawn: Mapping[str, date] = field(default_factory=dict)


def compute_thumbprint(key: Ed25519PublicKey) -> str:
    """Return the name of a key (RFC 7638)."""
    return OKPKey.import_key(key).thumbprint()


def build_jwk(key: Ed25519PublicKey) -> dict[str, Any]:
    return OKPKey.import_key(key).as_dict(private=False, kid=compute_thumbprint(key), use="sig", alg=ALGORITHM)


def build_jwks(known: Mapping[str, KeySet]) -> dict[str, Any]:
    """Build /.well-known/jwks.json of the keys by what they sign, which each names as `signs`.

    Withdrawn keys are named beside the keys, where no library takes them for one.
    """
    published = [build_jwk(key) | {"signs": kind} for kind, found in known.items() for key in found.keys.values()]
    withdrawn = [
        {"kid": kid, "signs": kind, "withdrawn_since": day.isoformat()}
        for kind, found in known.items()
        for kid, day in found.withdrawn.items()
    ]
    return {"keys": published, "withdrawn": withdrawn}


def parse_jwks(text: str, kind: str) -> KeySet:
    """Return the keys of this kind; all others are passed over. Raises NotGenuine when the text holds none."""
    try:
        content = json.loads(text)
        ours = [jwk for jwk in content["keys"] if (jwk["kty"], jwk.get("crv"), jwk.get("signs")) == (*OURS, kind)]
        keys = [OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")}).public_key for jwk in ours]
        gone = [key for key in content.get("withdrawn", []) if key.get("signs") == kind]
        withdrawn = {key["kid"]: date.fromisoformat(key["withdrawn_since"]) for key in gone}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, JoseError):
        raise NotGenuine(_("The file of keys is not a JSON Web Key Set with Ed25519 keys.")) from None
    if not keys and not withdrawn:
        raise NotGenuine(_("The file of keys holds no key for this. Save it anew from /.well-known/jwks.json."))
    return KeySet({compute_thumbprint(key): key for key in keys if isinstance(key, Ed25519PublicKey)}, withdrawn)


def build_withdrawal_note(key: Ed25519PublicKey, since: date) -> str:
    """Build what is left of a withdrawn key in its file."""
    return f"{compute_thumbprint(key)} {since.isoformat()}"


def load_key_set(folder: Path, kind: str) -> KeySet:
    """Load the keys of a kind, newest last. Raises ImproperlyConfigured when one is damaged or none signs."""
    keys = load_signing_keys(folder, kind)
    ordered = [keys[kid].public_key() for kid in sort_key_ids(keys)]
    try:
        notes = [path.read_text().split() for path in sorted(folder.glob(f"withdrawn-{kind}-*"))]
        withdrawn = {kid: date.fromisoformat(since) for kid, since in notes}
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"The file of a withdrawn key in {folder} cannot be read.") from None
    return KeySet({compute_thumbprint(key): key for key in ordered}, withdrawn)


def build_registry() -> JWSRegistry:
    """Allow our algorithm alone. Other libraries' headers are neither used nor refused."""
    registry = JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    registry.max_header_length, registry.max_payload_length = LONGEST_HEADER, LARGEST
    return registry


def sign_jws(payload: bytes, *, typ: str, key: Ed25519PrivateKey) -> str:
    """Sign as compact text; the same bytes under the same key give the same text."""
    header = {"alg": ALGORITHM, "kid": compute_thumbprint(key.public_key()), "typ": typ}
    return jws.serialize_compact(header, payload, OKPKey.import_key(key), registry=build_registry())


def verify_jws(text: str, *, typ: str, known: KeySet) -> bytes:
    """Return the payload of a text that one of the known keys signed. Raises the NotGenuine that says why not."""
    if len(text) > LARGEST:
        raise TooLarge
    try:
        token = jws.extract_compact(text.encode(), registry=build_registry())
        urlsafe_b64decode(token.segments["signature"])  # a second spelling of the same bytes is refused
    except MissingAlgorithmError:
        raise OtherAlgorithm from None
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise NotSignedText from None
    key = find_key(token.protected, typ, known)
    try:
        is_genuine = jws.validate_compact(token, OKPKey.import_key(key), registry=build_registry())
    except (JoseError, ValueError):
        is_genuine = False
    if not is_genuine:
        raise WrongSignature
    return token.payload or b""


def find_key(header: Mapping[str, Any], typ: str, known: KeySet) -> Ed25519PublicKey:
    """Return the key that the header names among ours. Raises NotGenuine when the rest of it is not as we sign."""
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
