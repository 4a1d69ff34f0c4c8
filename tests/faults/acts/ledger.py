"""Prepare a call of every act of `consents/ledger`."""

from datetime import date

from django.db import transaction

from consents.core import signing
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending, sealing
from tests.faults.acts.registry import Call, act


@act(appending.append_entry)
def append(world, **_) -> Call:
    @transaction.atomic
    def append_one() -> None:
        appending.append_entry(
            event="test.done", by=PORTAL, customer=world.ada.customer.id, object_type="test", object="one"
        )

    return append_one


@act(sealing.rotate_signing_key)
def rotate_signing_key(_world, folder, **_) -> Call:
    return lambda: sealing.rotate_signing_key(kind="export", folder=folder, by=PORTAL)


@act(sealing.withdraw_signing_key)
def withdraw_signing_key(_world, folder, **_) -> Call:
    def withdraw_newest() -> None:
        *_, newest = signing.load_signing_keys(folder, "receipt")
        terms = {"kid": newest, "since": date(2026, 3, 1), "today": date(2026, 3, 1)}
        sealing.withdraw_signing_key(kind="receipt", folder=folder, **terms, by=PORTAL)

    return withdraw_newest
