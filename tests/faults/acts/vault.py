"""Prepare a call of every act of `consents/vault`."""

from dataclasses import replace

from django.conf import settings

from consents.core import keys as key_files
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL
from consents.notifications.models import FailingAddress
from consents.people import keys
from consents.people.selectors import hash_address
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import erasing, rekeying, storing
from tests.faults.acts.beginnings import (
    ORDERS_KEPT,
    again,
    by_staff,
    in_a_restoration,
    member,
    on_right,
    parts_proposed,
)
from tests.faults.acts.registry import Call, act
from tests.world import rights_requests as requests


def fresh_keys():
    """A keyring with one key more than the customers' keys are wrapped with."""
    ring = key_files.load_keyring(settings.PORTAL_KEYS)
    return replace(ring, wrapping=dict(ring.wrapping) | {"99": b"k" * 32}, current="99")


def incoming(world) -> list[IncomingRecord]:
    values = {"item": "Green lamp", "price": "20.90"}
    return [IncomingRecord(world.ada.customer.id, world.categories["orders"].pk, "new", values)]


@act(storing.store_records)
def store(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.open_customer_key(world.ada.customer.id)}
    return lambda: storing.store_records(records=incoming(world), keys=opened, by=PORTAL)


@act(storing.store_comparison)
def store_compared(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.open_customer_key(world.ada.customer.id)}
    comparison = storing.compare_records(records=incoming(world))
    return lambda: storing.store_comparison(comparison=comparison, keys=opened, by=PORTAL)


@act(rekeying.rewrap_keys)
def rewrap(world, **_) -> Call:
    return lambda: rekeying.rewrap_keys(keyring=fresh_keys(), by=PORTAL)


@act(rekeying.retire_key)
def retire_key(world, **_) -> Call:
    ring = fresh_keys()
    rekeying.rewrap_keys(keyring=ring, by=PORTAL)
    return lambda: rekeying.retire_key(keyring=ring, kid=settings.KEYRING.current, by=PORTAL)


def with_index_key():
    """A keyring with one index key more than what is stored was hashed with."""
    return replace(key_files.load_keyring(settings.PORTAL_KEYS), later_index_keys=(b"k" * 32,))


@act(rekeying.rekey_addresses)
def rekey_addresses(world, **_) -> Call:
    FailingAddress.objects.create(address_hash=hash_address(world.ada.user.email), how="bounced")
    return lambda: rekeying.rekey_addresses(keyring=with_index_key(), by=PORTAL)


@act(rekeying.rekey_failures)
def rekey_failures(world, **_) -> Call:
    FailingAddress.objects.create(address_hash=hash_address("mum@example.com"), how="bounced")
    return lambda: rekeying.rekey_failures(keyring=with_index_key(), by=PORTAL)


@act(rekeying.rekey_column)
def rekey_column(world, **_) -> Call:
    return lambda: rekeying.rekey_column(column=rekeying.CONTENTS, keyring=with_index_key(), by=PORTAL)


@act(rekeying.settle_index_key)
def settle(world, **_) -> Call:
    rekeying.rekey_addresses(keyring=with_index_key(), by=PORTAL)
    for column in (rekeying.CONTENTS, rekeying.SENT):
        rekeying.rekey_column(column=column, keyring=with_index_key(), by=PORTAL)
    return lambda: rekeying.settle_index_key(keyring=with_index_key(), by=PORTAL)


@act(storing.correct_value)
def correct(world, **_) -> Call:
    about = {"customer": world.ada.customer.id, "category": world.categories["contact"].pk, "field": "phone"}
    return lambda: storing.correct_value(**about, value="555-0199", by=by_staff(world.pia))


@act(erasing.propose_part_erasure)
def propose_part_of_vault(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    about = {"customer": world.ada.customer.pk, "parts": ORDERS_KEPT, "law": "AO 147"}
    return lambda: erasing.propose_part_erasure(**on_right(request, member(world.pia)), **about)


@act(erasing.cancel_part_erasure, after=parts_proposed)
def cancel_part_of_vault(world, **_) -> Call:
    request = world.made
    return lambda: erasing.cancel_part_erasure(**on_right(request, member(world.otto)), customer=world.ada.customer.pk)


@act(erasing.drop_part_erasures, after=parts_proposed)
def drop_parts(world, **_) -> Call:
    return lambda: erasing.drop_part_erasures(customer=world.ada.customer.pk, by=world.ada.actor)


@act(erasing.erase_part, after=parts_proposed)
def erase_part_of_vault(world, **_) -> Call:
    request = world.made
    about = {"customer": world.ada.customer.pk, "is_everything": True}
    return lambda: erasing.erase_part(**on_right(request, member(world.otto)), **about)


@act(erasing.erase_part_again, after=parts_proposed)
def erase_part_of_vault_again(world, **_) -> Call:
    request = world.made
    in_a_restoration()
    return lambda: erasing.erase_part_again(**again(request))
