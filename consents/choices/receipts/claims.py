"""A receipt as signed text (JWS), and back: what a pasted text turns out to be.

Verifying needs the text and the keys alone: no database, no settings, no network.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext_lazy as _

from consents.choices.receipts.jsonld import build_receipt_object
from consents.choices.receipts.parts import Receipt, compute_receipt_id, compute_receipt_number
from consents.core import signing
from consents.core.canonical import encode_canonical
from consents.core.signing import KeySet, NotGenuine

TYPE = "consent-receipt+jwt"
KIND_OF_KEY = "receipt"


class NotAReceipt(NotGenuine):
    sentence = _("This is signed by us, but it is not a receipt.")


class ReadableCopy(NotGenuine):
    sentence = _(
        "This is the readable copy, which is not signed. Use the signed receipt instead: its name ends in .jws."
    )


class NothingPasted(NotGenuine):
    sentence = _("Paste the signed receipt here first.")


@dataclass(frozen=True)
class VerifiedReceipt:
    """A genuine receipt: what was signed, when the act was, by which portal."""

    id: UUID
    entry: bytes
    at: datetime
    portal: str
    customer: UUID
    object: dict[str, Any]

    @property
    def number(self) -> str:
        return compute_receipt_number(self.entry)

    @property
    def record(self) -> dict[str, Any]:
        return self.object["dpv:hasRecordOfActivity"][0]  # type: ignore[no-any-return]

    @property
    def record_id(self) -> str:
        return str(self.record["dct:identifier"])

    @property
    def status(self) -> str:
        """Return the DPV term of its last event."""
        return str(self.record["dpv:hasConsentStatus"][-1]["@type"][0]).removeprefix("dpv:")

    @property
    def name(self) -> str:
        """Return the name of the purpose, as it was displayed."""
        return str(self.record["dpv:hasProcess"][-1]["dpv:hasPurpose"]["dct:title"])

    @property
    def company(self) -> str:
        return str(self.record["dpv:hasEntity"][0]["dpv:hasName"])


def build_claims(receipt: Receipt, origin: str) -> dict[str, Any]:
    """Build the claims without `exp`: a receipt is evidence. `iat` is the moment of the act, so that a receipt built
    again is the same text."""
    return {
        "iss": receipt.controller.portal,
        "sub": str(receipt.record.customer),
        "iat": int(receipt.at.timestamp()),
        "jti": str(receipt.id),
        # The index of the entry in this log comes with the inclusion proof.
        "log": {"origin": origin, "entry": receipt.entry.hex()},
        "receipt": build_receipt_object(receipt),
    }


def sign_receipt(receipt: Receipt, origin: str, key: Ed25519PrivateKey) -> str:
    return signing.sign_jws(encode_canonical(build_claims(receipt, origin)), typ=TYPE, key=key)


def verify_receipt(text: str, known: KeySet) -> VerifiedReceipt:
    """Raises the NotGenuine that says in a sentence why this is no receipt of ours."""
    if len(text) > 2 * signing.LARGEST:
        raise signing.TooLarge
    compact = "".join(text.split())  # mail and paper break long lines
    if not compact:
        raise NothingPasted
    if compact.startswith(("{", "[")):
        raise ReadableCopy if '"dpv:ConsentReceipt"' in compact else signing.NotSignedText
    payload = signing.verify_jws(compact, typ=TYPE, known=known)
    try:
        claims = json.loads(payload)
        entry = bytes.fromhex(claims["log"]["entry"])
        receipt = VerifiedReceipt(
            id=UUID(claims["jti"]),
            entry=entry,
            at=datetime.fromtimestamp(claims["iat"], UTC),
            portal=claims["iss"],
            customer=UUID(claims["sub"]),
            object=claims["receipt"],
        )
        whole = (receipt.record_id, receipt.status, receipt.name, receipt.company)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError):
        raise NotAReceipt from None
    if receipt.id != compute_receipt_id(entry) or not all(whole):
        raise NotAReceipt
    return receipt
