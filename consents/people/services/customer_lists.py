"""Record the customers of the company's own list, in batches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import keys, selectors
from consents.people.models import Customer, CustomerKey
from consents.people.services.customer_records import build_customer, seal_address


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A customer as the company's own list has them. None, or an empty email, if the list does not say."""

    reference: str
    email: str = ""
    country: str | None = None
    region: str | None = None
    language: str | None = None
    born_on: date | None = None


@dataclass(frozen=True)
class RecordedList:
    """The result of recording a list: ids by reference, keys (opened on access), and counts. Leaves out erased
    customers.
    """

    ids: dict[str, UUID]
    keys: keys.KeyOpener
    new: int
    changed: int


COPY_CUSTOMERS = """
COPY people_customer (id, reference, address_hash, sealed_address, country, region, language, born_on) FROM STDIN
"""


COPY_KEYS = "COPY people_customerkey (customer_id, kid, wrapped) FROM STDIN"


UPDATE_CUSTOMERS = """
UPDATE people_customer AS c
SET address_hash = n.address_hash, sealed_address = n.sealed_address, country = n.country, region = n.region,
    language = n.language, born_on = n.born_on
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::date[])
    AS n (id, address_hash, sealed_address, country, region, language, born_on)
WHERE c.id = n.id
"""


@transaction.atomic
def record_customers(*, listed: Sequence[ListedCustomer], by: Actor) -> RecordedList:
    """Record the new customers of a list and update the known ones; a list must not repeat a reference.

    Hand in batches: one entry on the company's chain covers all, none if nothing changed. An address is sealed again
    only if it differs. Customers who sign in keep their own address and language. Erased customers are passed over.
    """
    customers = {
        customer.reference: customer for customer in selectors.lock_by_references([c.reference for c in listed])
    }
    # Asked once the known are locked: an erasure under way has been waited for.
    unknown = [customer for customer in listed if customer.reference not in customers]
    erased = selectors.find_erased_references([customer.reference for customer in unknown])
    new_customers = [build_listed_customer(customer) for customer in unknown if customer.reference not in erased]
    changed = [
        customers[customer.reference]
        for customer in listed
        if customer.reference in customers and update_from_list(customers[customer.reference], customer)
    ]
    insert_customers(new_customers)
    update_customers(changed)
    if new_customers or changed:
        appending.append_entry(
            event="customers.imported",
            by=by,
            object_type="customer",
            object="list",
            details={"new": len(new_customers), "changed": len(changed)},
        )
    ids = {customer.reference or "": customer.id for customer in [*customers.values(), *(c for c, _ in new_customers)]}
    opener = keys.KeyOpener([*(c.key for c in customers.values()), *(key for _, key in new_customers)])
    return RecordedList(ids, opener, len(new_customers), len(changed))


def build_listed_customer(listed: ListedCustomer) -> tuple[Customer, CustomerKey]:
    return build_customer(
        reference=listed.reference,
        email=listed.email,
        country=listed.country or "",
        region=listed.region or "",
        language=listed.language or "en",
        born_on=listed.born_on,
    )


def update_from_list(customer: Customer, listed: ListedCustomer) -> bool:
    """Change the unsaved row to what the list says; return False if there is nothing new."""
    is_theirs = customer.is_held  # type: ignore[attr-defined]
    listed_values = {
        "country": listed.country,
        "region": listed.region,
        "language": None if is_theirs else listed.language,
        "born_on": listed.born_on,
    }
    new = {
        field: value
        for field, value in listed_values.items()
        if value is not None and value != getattr(customer, field)
    }
    for field, value in new.items():
        setattr(customer, field, value)
    if not listed.email or is_theirs or is_same_hash(customer.address_hash, selectors.hash_address(listed.email)):
        return bool(new)
    seal_address(customer, keys.open_key_row(customer.key), listed.email)
    return True


def is_same_hash(stored: bytes | memoryview | None, other: bytes) -> bool:
    return stored is not None and bytes(stored) == other


def insert_customers(customers: Iterable[tuple[Customer, CustomerKey]]) -> None:
    """Insert by COPY: ten times as fast as inserting rows of models."""
    with connection.cursor() as cursor:
        with cursor.copy(COPY_CUSTOMERS) as copy:
            for c, _key in customers:
                copy.write_row(
                    (
                        c.id,
                        c.reference,
                        c.address_hash,
                        c.sealed_address,
                        c.country,
                        c.region,
                        c.language,
                        c.born_on,
                    )
                )
        with cursor.copy(COPY_KEYS) as copy:
            for _customer, key in customers:
                copy.write_row((key.customer_id, key.kid, key.wrapped))


def update_customers(changed: Sequence[Customer]) -> None:
    if not changed:
        return
    columns = ["id", "address_hash", "sealed_address", "country", "region", "language", "born_on"]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_CUSTOMERS, [[getattr(c, column) for c in changed] for column in columns])
