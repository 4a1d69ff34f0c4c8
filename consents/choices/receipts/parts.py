"""The contents of a receipt, before they are written as JSON-LD. Pure."""

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Controller:
    """The company, as the portal is told by its settings. `country` is where its law is."""

    portal: str
    name: str
    address: str
    contact: str
    country: str


@dataclass(frozen=True)
class ShownNotice:
    """The words and facts displayed to a customer: `catalogue.display.build_displayed_notice` and its digest."""

    hash: str
    canonical: str
    content: Mapping[str, Any]
    published_at: datetime


@dataclass(frozen=True)
class Event:
    """A change of a consent. `status` is the DPV term; `lasts_until` is None where only an act ends it.

    `by`: who said it: "customer", "guardian", "agent" or "controller". `evidence`: id of the row that tells from where.
    """

    entry: bytes
    at: datetime
    status: str
    by: str
    method: str
    lasts_until: datetime | None = None
    notice: str = ""
    explicit: bool = False
    interface: str = ""
    evidence: UUID | None = None


@dataclass(frozen=True)
class Record:
    """A consent, from the first event to the one of the receipt. `notices`: every displayed one, once each.

    `categories`: codes of what is agreed to, where that is less than the notice names. `shown`: digest of the whole
    question, where it held more than the notice. `path`: where in the portal it can be taken back.
    """

    id: str
    customer: UUID
    notices: tuple[ShownNotice, ...]
    events: tuple[Event, ...]
    path: str
    categories: frozenset[str] | None = None
    shown: str = ""

    @property
    def notice(self) -> ShownNotice:
        """Return the notice that the last event is about."""
        by_hash = {notice.hash: notice for notice in self.notices}
        return by_hash.get(self.events[-1].notice, self.notices[-1])


@dataclass(frozen=True)
class Receipt:
    """The signed copy of a record as it was after one entry of the ledger."""

    record: Record
    controller: Controller

    @property
    def entry(self) -> bytes:
        """Hash of the entry that this is the receipt of."""
        return self.record.events[-1].entry

    @property
    def at(self) -> datetime:
        return self.record.events[-1].at

    @property
    def id(self) -> UUID:
        return compute_receipt_id(self.entry)

    @property
    def number(self) -> str:
        return compute_receipt_number(self.entry)


def compute_receipt_id(entry: bytes) -> UUID:
    """Compute the UUID version 8 (RFC 9562) from 122 bits of the entry's hash."""
    number = int.from_bytes(entry[:16])
    number = number & ~(0xF << 76) | (0x8 << 76)
    return UUID(int=number & ~(0x3 << 62) | (0x2 << 62))


def compute_receipt_number(entry: bytes) -> str:
    """Return the number people read out, R-7K2M-93QF, in Crockford's unambiguous letters and digits."""
    letters = b32encode(entry[:5]).translate(
        bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    )
    return f"R-{letters[:4].decode()}-{letters[4:].decode()}"
