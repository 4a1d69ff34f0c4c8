"""Build customers of the company's own list, as rows that COPY takes. Nothing here asks the database."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from consents.core import bulk_sealing, sealing
from consents.core.binary_rows import encode_date, encode_row
from consents.core.grouped_ids import GroupedIds
from consents.people.models import Customer
from consents.people.services.customer_records import seal_new_addresses

CUSTOMER_COLUMNS = [
    "id",
    "reference",
    "address_hash",
    "sealed_address",
    "country",
    "region",
    "language",
    "born_on",
    "yes_of",
]
KEY_COLUMNS = ["customer_id", "kid", "wrapped"]
CUSTOMER_IDS = GroupedIds()  # an import has a process of its own


class ListedCustomer(NamedTuple):
    """A customer as the company's own list has them. None, or an empty email, if the list does not say."""

    reference: str
    email: str = ""
    country: str | None = None
    region: str | None = None
    language: str | None = None
    born_on: date | None = None
    yes_of: str | None = None


class NewCustomer(NamedTuple):
    """A customer who is not stored yet. `row` and `key_row`: CUSTOMER_COLUMNS and KEY_COLUMNS, as COPY takes them.

    `key`: open until the first records are sealed with it.
    """

    customer_id: UUID
    reference: str
    row: bytes
    kid: str
    wrapped: bytes
    key_row: bytes
    key: sealing.Key


def build_listed_customers(listed: Sequence[ListedCustomer]) -> list[NewCustomer]:
    """Build customers, each with a new id and a new key."""
    ids, created = CUSTOMER_IDS.draw(len(listed)), bulk_sealing.create_keys(len(listed))
    prepared, kid = [sealing.prepare_key(key) for key in created], settings.KEYRING.current
    wrapped = bulk_sealing.wrap_keys(settings.KEYRING, kid, created, map(str, ids))
    rows = encode_customers(ids, prepared, listed)
    key_rows = [encode_row((id.bytes, kid.encode(), key)) for id, key in zip(ids, wrapped, strict=True)]
    beside = zip(ids, listed, rows, wrapped, key_rows, prepared, strict=True)
    return [
        NewCustomer(id, customer.reference, row, kid, sealed_key, key_row, key)
        for id, customer, row, sealed_key, key_row, key in beside
    ]


def encode_customers(
    ids: Sequence[UUID], ciphers: Sequence[AESGCM], listed: Sequence[ListedCustomer]
) -> Iterator[bytes]:
    """Yield the rows of customers."""
    for id, address, customer in zip(ids, seal_listed_addresses(ids, ciphers, listed), listed, strict=True):
        yield encode_row((id.bytes, customer.reference.encode(), *address, *encode_new_facts(customer)))


def seal_listed_addresses(
    ids: Sequence[UUID], ciphers: Sequence[AESGCM], listed: Sequence[ListedCustomer]
) -> list[tuple[bytes | None, bytes | None]]:
    """Return hash and sealed address of each customer, None where the list has no address."""
    known = [place for place, customer in enumerate(listed) if customer.email]
    emails = [listed[place].email for place in known]
    sealed = seal_new_addresses([ids[place] for place in known], [ciphers[place] for place in known], emails)
    by_place: dict[int, tuple[bytes, bytes]] = dict(zip(known, sealed, strict=True))
    return [by_place.get(place, (None, None)) for place in range(len(listed))]


def encode_new_facts(listed: ListedCustomer) -> list[bytes | None]:
    """Encode country, region, language, birth date and whose yes is needed, of a customer who is new."""
    texts = [text.encode() for text in (listed.country or "", listed.region or "", listed.language or "en")]
    return [*texts, encode_date(listed.born_on), (listed.yes_of or Customer.YesOf.ALL.value).encode()]
