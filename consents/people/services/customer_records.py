"""Record the customers of the company's own list, in batches.

Rows are read and written as columns, by arrays and COPY: a model for each would take longer than sealing it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.binary_rows import copy_rows, encode_date, encode_row, encode_texts, open_array_cursor
from consents.core.grouped_ids import GroupedIds
from consents.core.refusals import Refusal
from consents.core.sealing import seal_values
from consents.core.working_ahead import PRECEDENCE
from consents.ledger.rules import Actor
from consents.ledger.selectors.timelines import count_entries
from consents.ledger.services import appending
from consents.people import keys, rules, selectors
from consents.people.models import Customer, User
from consents.people.services.holding import lock_existing_customer

# Look up and open the records of customers, and keep their address and language up to date.


class TooManyLookUps(Refusal):
    sentence = _("You have looked up too many customers in the last hour. Try again later.")
    status = 429


@transaction.atomic
def look_up_customer(*, text: str, by: Actor, is_limited: bool = True) -> Customer | None:
    """Return the one customer with exactly this reference or address; None if there is none or more than one.

    Every attempt is on record (never the text typed), and limited: no one can learn who is a customer by trying.
    `is_limited`: False where the answer has been given already. Raises TooManyLookUps."""
    if is_limited:
        check_look_ups_left(by)
    customers = selectors.find_customers(text)
    customer = customers[0] if len(customers) == 1 else None
    appending.append_entry(
        event="customer.looked_up",
        by=by,
        customer=customer.id if customer else None,
        object_type="customer",
        object=customer.id if customer else "",
        outcome="found" if customer else "not_found",
    )
    return customer


def check_look_ups_left(by: Actor) -> None:
    """Raises TooManyLookUps."""
    since = clock.now() - timedelta(hours=1)
    if count_entries(by, "customer.looked_up", since) >= settings.PORTAL_LOOK_UPS_PER_HOUR:
        raise TooManyLookUps


def seal_new_address(customer: UUID, key: sealing.Key, email: str) -> tuple[bytes, bytes]:
    """Return the hash that an address is found by, and the address sealed for it: an older one put back beside the hash
    does not open.
    """
    address = rules.normalize_address(email)
    hashed = selectors.hash_address(email)
    return hashed, sealing.seal_value(key, address.encode(), *selectors.get_address_place(customer, hashed))


def seal_new_addresses(
    ids: Sequence[UUID], ciphers: Sequence[AESGCM], emails: Sequence[str]
) -> list[tuple[bytes, bytes]]:
    """Do what `seal_new_address` does, for each customer, their key and their address."""
    addresses = [rules.normalize_address(email) for email in emails]
    hashes = selectors.hash_normal_addresses(addresses)
    places = [
        sealing.encode_associated_data(selectors.get_address_place(id, hashed))
        for id, hashed in zip(ids, hashes, strict=True)
    ]
    texts = [address.encode() for address in addresses]
    return list(zip(hashes, seal_values(ciphers, texts, places), strict=True))


@transaction.atomic
def open_customer_record(*, reference: str | None = None, email: str = "", by: Actor, **facts: Any) -> Customer:
    """Create a customer with a key of their own, under which the address is sealed. `facts`: other columns."""
    customer = Customer(reference=reference, **facts)
    key = keys.build_customer_key(customer)
    if email:
        customer.address_hash, customer.sealed_address = seal_new_address(customer.id, keys.open_key_row(key), email)
    customer.save()
    key.save()
    appending.append_entry(
        event="customer.recorded", by=by, customer=customer.id, object_type="customer", object=customer.id
    )
    return customer


@transaction.atomic
def adopt_account_address(*, user: User, by: Actor) -> None:
    """Write to the user's new, verified sign-in address about their own record from now on."""
    appending.lock_people(user.pk)
    own = selectors.get_acting_on_file(user)
    if own is None or selectors.lock_open_user(user) is None:
        return
    appending.lock_people(own.customer_id)
    change_address(own.customer_id, user.email, by)


def change_address(customer: UUID, email: str, by: Actor) -> None:
    save_address(customer=customer, email=email)
    appending.append_entry(
        event="customer.address_changed", by=by, customer=customer, object_type="customer", object=customer
    )


def save_address(*, customer: UUID, email: str) -> None:
    """Put a new verified address on file, sealed under the customer's key."""
    locked = Customer.objects.select_for_update(no_key=True).get(pk=customer)
    locked.address_hash, locked.sealed_address = seal_new_address(customer, keys.open_customer_key(customer), email)
    locked.save(update_fields=["address_hash", "sealed_address"])


@transaction.atomic
def choose_language(*, customer: UUID, language: str, by: Actor) -> None:
    """Use this language for a customer's pages and emails. Choosing it again changes nothing. Raises AlreadyErased."""
    save_choice(customer, "language", language, "customer.language_chosen", by)


@transaction.atomic
def choose_time_zone(*, customer: UUID, time_zone: str, by: Actor) -> None:
    """Show the customer's pages and emails in this time zone (IANA name). Choosing it again changes nothing.

    Raises UnknownTimeZone, AlreadyErased.
    """
    rules.check_time_zone(time_zone)
    save_choice(customer, "time_zone", time_zone, "customer.time_zone_chosen", by)


def save_choice(customer: UUID, field: str, value: str, event: str, by: Actor) -> None:
    lock_existing_customer(customer)
    if Customer.objects.filter(pk=customer).exclude(**{field: value}).update(**{field: value}):
        appending.append_entry(event=event, by=by, customer=customer, object_type="customer", object=customer)


# Build customers of the company's own list, as rows that COPY takes. Nothing here asks the database.

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
    ids, created = CUSTOMER_IDS.draw(len(listed)), sealing.create_keys(len(listed))
    prepared, kid = [sealing.prepare_key(key) for key in created], settings.KEYRING.current
    wrapped = sealing.wrap_keys(settings.KEYRING, kid, created, map(str, ids))
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
