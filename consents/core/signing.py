"""Sign and verify JSON (JWS, compact) under Ed25519, with public keys in the form that every JOSE library reads.

Verifying trusts nothing the text says of itself: one algorithm (`Ed25519`, RFC 9864), one type, and a key from the
verifier's own set. `jwk`, `jku`, `x5c` and `x5u` in the header are not looked at. Needs neither settings nor database.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from joserfc import jws
from joserfc.errors import JoseError, MissingAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from consents.core.keys import pick_newest, sort_key_ids
from consents.core.refusals import NotValid

# Load the Ed25519 keys the portal signs with, and sign notes (C2SP signed-note) that anyone can verify.
#
# Key files are `<kind>-<id>` (32 bytes, hexadecimal) in the folder of the keys; of each kind the newest signs, all
# verify. Kinds: `sign` for the ledger's checkpoints, `receipt` for what customers take away, `export` for the manifests
# of exports. Needs neither settings nor database, so that a proof can be checked anywhere.

ED25519 = b"\x01"  # the algorithm byte of signed notes
DASH = "\N{EM DASH} "


class NotVerified(Exception):
    """A text that no known key signed, or that does not read as it was signed. Carries a sentence."""


def load_signing_keys(folder: Path, kind: str = "sign") -> dict[str, Ed25519PrivateKey]:
    """Load every signing key of a kind by id. Raises ImproperlyConfigured when there is none or one is damaged."""
    try:
        keys = {
            path.name.removeprefix(f"{kind}-"): parse_private_key(path.read_text()) for path in folder.glob(f"{kind}-*")
        }
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"A signing key in {folder} cannot be read.") from None
    if not keys:
        raise ImproperlyConfigured(f"No signing key in {folder}. Run `manage.py make_keys`.")
    return keys


def parse_private_key(value: str) -> Ed25519PrivateKey:
    """Parse what a key file holds."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value))


def load_newest_key(folder: Path, kind: str = "sign") -> Ed25519PrivateKey:
    keys = load_signing_keys(folder, kind)
    return keys[pick_newest(keys)]


def load_public_keys(folder: Path) -> list[Ed25519PublicKey]:
    """Load the public halves of the ledger's keys, newest last."""
    keys = load_signing_keys(folder)
    return [keys[kid].public_key() for kid in sort_key_ids(keys)]


def get_raw_bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def compute_key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Compute the four bytes by which a note's signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + get_raw_bytes(key)).digest()[:4]


def build_verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """Write the key in one line, as tools for signed notes read it (vkey)."""
    return f"{name}+{compute_key_id(name, key).hex()}+{base64.b64encode(ED25519 + get_raw_bytes(key)).decode()}"


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Sign a text that ends with a newline."""
    signature = compute_key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH}{name} {base64.b64encode(signature).decode()}\n"


def verify_note(note: str, name: str, keys: Iterable[Ed25519PublicKey]) -> str:
    """Return the text of a note that at least one of these keys signed under this name. Raises NotVerified.

    Lines of unknown keys are passed over; a bad signature by a known key spoils the note.
    """
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NotVerified("It is not a whole signed note.")
    known = {compute_key_id(name, key): key for key in keys}
    good = [verify_line(line, name, known, f"{text}\n") for line in signatures.splitlines()]
    if not any(good):
        raise NotVerified("No known key signed it.")
    return f"{text}\n"


def verify_line(line: str, name: str, known: dict[bytes, Ed25519PublicKey], text: str) -> bool:
    signed_as, _, encoded = line.removeprefix(DASH).rpartition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NotVerified("It is not a whole signed note.") from None
    key = known.get(signature[:4])
    if not line.startswith(DASH) or signed_as != name or key is None:
        return False
    try:
        key.verify(signature[4:], text.encode())
    except InvalidSignature:
        raise NotVerified("Its signature does not match its text.") from None
    return True


def read_public_keys(text: str, signed_as: str) -> list[Ed25519PublicKey]:
    """Read the public keys in a text that may sign under this name: PEM, and lines `name+id+base64`.

    A line speaks for its own name alone, also where its key stands beside it as PEM. Raises NotVerified when there is
    no such key.
    """
    blocks = re.findall(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", text, re.DOTALL)
    lines = [line for line in text.splitlines() if re.fullmatch(r"\S+\+[0-9a-f]{8}\+\S+", line.strip())]
    try:
        nameless = [load_pem_public_key(f"{block}\n".encode()) for block in blocks]
        named = [parse_verifier_key(line.strip()) for line in lines]
    except (ValueError, UnsupportedAlgorithm):
        nameless, named = [], []
    public_keys = [key for key in nameless if isinstance(key, Ed25519PublicKey)]
    if not (public_keys or named) or len(public_keys) != len(nameless):
        raise NotVerified("The key file holds no Ed25519 public key (PEM, or a line name+id+key).")
    bound = {get_raw_bytes(key) for _name, key in named}
    fitting = [key for key in public_keys if get_raw_bytes(key) not in bound]
    fitting += [key for name, key in named if name == signed_as]
    if not fitting:
        names = ", ".join(sorted({name for name, _key in named}))
        raise NotVerified(f"The key file is of {names}, and this was signed as {signed_as}.")
    return fitting


def parse_verifier_key(line: str) -> tuple[str, Ed25519PublicKey]:
    """Return the name and the key of a line. Raises ValueError."""
    name, kid, encoded = line.split("+", 2)
    algorithm, public = (decoded := base64.b64decode(encoded, validate=True))[:1], decoded[1:]
    key = Ed25519PublicKey.from_public_bytes(public)
    if algorithm != ED25519 or compute_key_id(name, key).hex() != kid:
        raise ValueError
    return name, key


def build_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


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
