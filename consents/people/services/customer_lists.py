"""Record the customers of the company's own list, in batches.

Rows are read and written as columns, by arrays and COPY: a model for each would take longer than sealing it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from consents.core.binary_arrays import encode_texts, open_array_cursor
from consents.core.binary_rows import copy_rows
from consents.core.working_ahead import PRECEDENCE
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import keys, selectors
from consents.people.services.customer_records import seal_new_address
from consents.people.services.listed_customers import (
    CUSTOMER_COLUMNS,
    KEY_COLUMNS,
    ListedCustomer,
    NewCustomer,
    build_listed_customers,
)


@dataclass(slots=True)
class KnownCustomer:
    """A locked customer and their key, as LOCK_KNOWN reads them. `is_held`: someone signs in as this customer."""

    customer_id: UUID
    reference: str
    address_hash: bytes | None
    sealed_address: bytes | None
    country: str
    region: str
    language: str
    born_on: date | None
    yes_of: str
    kid: str
    wrapped: bytes
    is_held: bool


@dataclass(frozen=True)
class RecordedList:
    """The result of recording a list: ids by reference, keys (opened on access), who is new, and how many changed.
    Leaves out erased customers.
    """

    ids: dict[str, UUID]
    keys: keys.KeyOpener
    new: frozenset[UUID]
    changed: int


# Not the key: an act about one of them may point to its row while it goes on.
LOCK_KNOWN = """
SELECT c.id, c.reference, c.address_hash, c.sealed_address, c.country, c.region, c.language, c.born_on, c.yes_of,
       k.kid, k.wrapped, EXISTS (SELECT FROM people_acting AS a WHERE a.customer_id = c.id AND a.ends_at IS NULL
                                 AND a.capacity IN ('self', 'holder'))
FROM people_customer AS c JOIN people_customerkey AS k ON k.customer_id = c.id
WHERE c.reference = ANY(%b::text[]) ORDER BY c.id FOR NO KEY UPDATE OF c
"""

UPDATE_CUSTOMERS = """
UPDATE people_customer AS c
SET address_hash = n.address_hash, sealed_address = n.sealed_address, country = n.country, region = n.region,
    language = n.language, born_on = n.born_on, yes_of = n.yes_of
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::date[],
            %s::text[])
    AS n (id, address_hash, sealed_address, country, region, language, born_on, yes_of)
WHERE c.id = n.id
"""


@transaction.atomic
def record_customers(
    *, listed: Sequence[ListedCustomer], by: Actor, built: Mapping[str, NewCustomer] = {}
) -> RecordedList:
    """Record the new customers of a list and update the known ones; a list must not repeat a reference.

    `built`: by reference what `build_listed_customers` has made of some already, in case they are new.

    Hand in batches: one entry on the company's chain covers all, none if nothing changed. An address is sealed again
    only if it differs. Customers who sign in keep their own address and language. Erased customers are passed over.
    """
    customers = lock_known([customer.reference for customer in listed])
    # Asked once the known are locked: an erasure under way has been waited for.
    unknown = [customer for customer in listed if customer.reference not in customers]
    erased = selectors.find_erased_references([customer.reference for customer in unknown])
    listed_new = [customer for customer in unknown if customer.reference not in erased]
    new_customers = insert_customers(listed_new, built) if listed_new else []
    changed = [
        customers[customer.reference]
        for customer in listed
        if customer.reference in customers and update_from_list(customers[customer.reference], customer)
    ]
    update_customers(changed)
    if new_customers or changed:
        appending.append_entry(
            event="customers.imported",
            by=by,
            object_type="customer",
            object="list",
            details={"new": len(new_customers), "changed": len(changed)},
        )
    present: list[KnownCustomer | NewCustomer] = [*customers.values(), *new_customers]
    ids = {customer.reference: customer.customer_id for customer in present}
    new = {customer.customer_id: customer.key for customer in new_customers}
    return RecordedList(ids, keys.KeyOpener(present, new), frozenset(new), len(changed))


def lock_known(references: list[str]) -> dict[str, KnownCustomer]:
    with open_array_cursor() as cursor:
        cursor.execute(LOCK_KNOWN, [encode_texts(references)])
        return {columns[1]: KnownCustomer(*columns) for columns in cursor.fetchall()}


def update_from_list(customer: KnownCustomer, listed: ListedCustomer) -> bool:
    """Change the row to what the list says, not stored yet; return False if there is nothing new."""
    listed_values = {
        "country": listed.country,
        "region": listed.region,
        "language": None if customer.is_held else listed.language,
        "born_on": listed.born_on,
        "yes_of": listed.yes_of,
    }
    new = {
        field: value
        for field, value in listed_values.items()
        if value is not None and value != getattr(customer, field)
    }
    for field, value in new.items():
        setattr(customer, field, value)
    if not listed.email or customer.is_held or selectors.is_address_hash(customer.address_hash, listed.email):
        return bool(new)
    sealed = seal_new_address(customer.customer_id, keys.open_key_row(customer), listed.email)
    customer.address_hash, customer.sealed_address = sealed
    return True


def insert_customers(listed: Sequence[ListedCustomer], built: Mapping[str, NewCustomer]) -> list[NewCustomer]:
    """Insert by COPY, ten times as fast as rows of models."""
    missing = build_listed_customers([new for new in listed if new.reference not in built])
    known = {**built, **{customer.reference: customer for customer in missing}}
    customers = [known[new.reference] for new in listed]
    with PRECEDENCE.wait_for_database():
        copy_rows("people_customer", CUSTOMER_COLUMNS, [customer.row for customer in customers])
        copy_rows("people_customerkey", KEY_COLUMNS, [customer.key_row for customer in customers])
    return customers


def update_customers(changed: Sequence[KnownCustomer]) -> None:
    if not changed:
        return
    columns = ["customer_id", "address_hash", "sealed_address", "country", "region", "language", "born_on", "yes_of"]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_CUSTOMERS, [[getattr(c, column) for c in changed] for column in columns])
