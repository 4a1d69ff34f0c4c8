"""Look up and open the records of customers, and keep their address and language up to date."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.bulk_sealing import seal_values
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.selectors.timelines import count_entries
from consents.ledger.services import appending
from consents.people import keys, rules, selectors
from consents.people.models import Customer, User
from consents.people.services.holding import lock_existing_customer


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
