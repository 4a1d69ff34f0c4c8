"""A receipt as signed text (JWS), and back: what a pasted text turns out to be.

Verifying needs the text and the keys alone: no database, no settings, no network.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext_lazy as _

from consents.choices.receipts.jsonld import as_object
from consents.choices.receipts.parts import Receipt, id_of, number_of
from consents.core import jose
from consents.core.canonical import canonical
from consents.core.jose import KeySet, NotGenuine

TYPE = "consent-receipt+jwt"
KIND_OF_KEY = "receipt"


class NotAReceipt(NotGenuine):
    sentence = _("This is signed by us, but it is not a receipt.")


class ReadableCopy(NotGenuine):
    sentence = _(
        "This is the copy for reading, which nobody signs. Take the signed receipt instead: its name ends in .jws."
    )


class Nothing(NotGenuine):
    sentence = _("Paste the signed receipt here first.")


@dataclass(frozen=True)
class Verified:
    """A genuine receipt: what was signed, when the act was, by which portal."""

    id: UUID
    entry: bytes
    at: datetime
    portal: str
    customer: UUID
    object: dict[str, Any]

    @property
    def number(self) -> str:
        return number_of(self.entry)

    @property
    def record(self) -> dict[str, Any]:
        return self.object["dpv:hasRecordOfActivity"][0]  # type: ignore[no-any-return]

    @property
    def record_id(self) -> str:
        return str(self.record["dct:identifier"])

    @property
    def status(self) -> str:
        """The DPV term of its last event."""
        return str(self.record["dpv:hasConsentStatus"][-1]["@type"][0]).removeprefix("dpv:")

    @property
    def name(self) -> str:
        """What it is about, in the words that were shown."""
        return str(self.record["dpv:hasProcess"][-1]["dpv:hasPurpose"]["dct:title"])

    @property
    def company(self) -> str:
        return str(self.record["dpv:hasEntity"][0]["dpv:hasName"])


class Log(NamedTuple):
    """Where the receipt's entry is: the name of the log, and the entry's hash. Its place comes with the proof."""

    origin: str
    entry: str


def claims(receipt: Receipt, origin: str) -> dict[str, Any]:
    """No `exp`: a receipt is evidence. `iat` is the moment of the act, so that the same receipt is the same text."""
    return {
        "iss": receipt.controller.portal,
        "sub": str(receipt.record.customer),
        "iat": int(receipt.at.timestamp()),
        "jti": str(receipt.id),
        "log": Log(origin, receipt.entry.hex())._asdict(),
        "receipt": as_object(receipt),
    }


def signed(receipt: Receipt, origin: str, key: Ed25519PrivateKey) -> str:
    return jose.sign(canonical(claims(receipt, origin)), typ=TYPE, key=key)


def verified(text: str, known: KeySet) -> Verified:
    """Raises the NotGenuine that says in a sentence why this is no receipt of ours."""
    if len(text) > 2 * jose.LARGEST:
        raise jose.TooLarge
    compact = "".join(text.split())  # mail and paper break long lines
    if not compact:
        raise Nothing
    if compact.startswith(("{", "[")):
        raise ReadableCopy if '"dpv:ConsentReceipt"' in compact else jose.NotSignedText
    payload = jose.verify(compact, typ=TYPE, known=known)
    try:
        found = json.loads(payload)
        entry = bytes.fromhex(found["log"]["entry"])
        receipt = Verified(
            id=UUID(found["jti"]),
            entry=entry,
            at=datetime.fromtimestamp(found["iat"], UTC),
            portal=found["iss"],
            customer=UUID(found["sub"]),
            object=found["receipt"],
        )
        whole = (receipt.record_id, receipt.status, receipt.name, receipt.company)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError):
        raise NotAReceipt from None
    if receipt.id != id_of(entry) or not all(whole):
        raise NotAReceipt
    return receipt
