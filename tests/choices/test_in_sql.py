"""The database keeps the table: what the application role tries in raw SQL is refused."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError

from consents.choices.models import Choice
from consents.choices.services import answering
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from tests.world.cast import put_on_list
from tests.world.sql.erasing import INSERT, commit_by_hand, write_choice


@pytest.fixture
def world(with_offers, real_world):
    return real_world


def test_what_the_services_do_passes(world):
    write_choice(world, by=world.ada.actor)
    assert Choice.objects.get().status == "ConsentGiven"


@pytest.mark.parametrize(
    "attempt",
    [
        {"by": PORTAL},
        {"by": Actor("staff", "1c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11")},
        {"by": Actor("customer", "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11")},
        {"capacity": "guardian"},
        {"event": "consent.refused"},
        {"outcome": "ConsentRefused"},
        {"customer": None},
        {"months": "13 months"},
        {"months": None},
        {"version": "of another purpose"},
        {"status": "ConsentWithdrawn", "months": None},
        {"status": "ConsentExpired"},
        {"status": "ConsentRevoked", "months": None, "by": PORTAL},
        {"status": "ConsentInvalidated", "months": None, "by": Actor("staff", "2c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11")},
    ],
    ids=str,
)
def test_a_yes_out_of_nothing_is_refused(world, attempt):
    if "version" in attempt:
        attempt = {"version": world.version.pk}
    with pytest.raises(IntegrityError):
        write_choice(world, **{"by": world.ada.actor} | attempt)
    assert not Choice.objects.exists()


def test_a_yes_without_its_entry_is_refused(world):
    with pytest.raises(IntegrityError), commit_by_hand() as cursor:
        values = [uuid4(), world.ada.customer.id, world.offers.pk, "ConsentGiven", "12 months"]
        cursor.execute(INSERT, [*values[:2], world.offers.purpose_id, *values[2:]])


def test_a_user_who_acts_for_no_one_gives_no_consent(world):
    with pytest.raises(IntegrityError):
        write_choice(world, by=world.ben.actor)


def test_a_child_gives_nothing_alone(world):
    put_on_list(world.ada.customer, born_on=date(2020, 1, 1), country="DE")
    with pytest.raises(IntegrityError):
        write_choice(world, by=world.ada.actor)
    write_choice(world, by=world.ada.actor, status="ConsentRefused", months=None)


@pytest.fixture
def given(world):
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=world.offers.pk, by=world.ada.actor
    )


@pytest.mark.parametrize(
    "change",
    [
        "status = 'ConsentExpired', since = valid_until",
        "status = 'ConsentRevoked', since = portal.now(), valid_until = NULL",
        "status = 'ConsentRefused', since = portal.now(), valid_until = NULL",
        "status = 'ConsentRequested', since = portal.now(), valid_until = NULL",
        "valid_until = valid_until + interval '1 year'",
        "status = 'RenewedConsentGiven', valid_until = NULL",
        "since = '2020-01-01Z'",
        "customer_id = (SELECT id FROM people_customer WHERE reference = 'C-1002')",
    ],
)
def test_a_yes_does_not_change_but_along_the_table(world, given, change):
    with pytest.raises(IntegrityError), commit_by_hand() as cursor:
        for event, status, by in [
            ("consent.expired", "ConsentExpired", PORTAL),
            ("consent.revoked", "ConsentRevoked", PORTAL),
            ("consent.refused", "ConsentRefused", world.ada.actor),
            ("consent.requested", "ConsentRequested", PORTAL),
            ("consent.given", "ConsentGiven", world.ada.actor),
            ("consent.renewed", "RenewedConsentGiven", world.ada.actor),
        ]:
            appending.append_entry(
                event=event,
                by=by,
                customer=world.ada.customer.id,
                object_type="choice",
                object=given.pk,
                outcome=status,
                details={"capacity": "self"},
            )
        cursor.execute(f"UPDATE choices_choice SET {change}")
    assert Choice.objects.get().status == "ConsentGiven"


def test_a_choice_is_never_deleted(world, given):
    with pytest.raises(Exception, match="permission denied"), commit_by_hand() as cursor:
        cursor.execute("DELETE FROM choices_choice")
