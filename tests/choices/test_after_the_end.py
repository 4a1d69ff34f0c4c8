"""What has ended by itself is recorded as that by whatever comes next, and no act or email says otherwise."""

from datetime import timedelta
from uuid import uuid4

import pytest

from consents.catalogue.selectors import select_standing
from consents.choices import selectors
from consents.choices.models import Choice
from consents.choices.services import answering, emails, withdrawing
from consents.choices.services.recording import NoSuchPurpose
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from tests.world.cast import signed_in
from tests.world.choices import events, publish_next
from tests.world.erasing import erase

YEAR = timedelta(days=366)


@pytest.fixture
def world(with_offers, real_world):
    return real_world


@pytest.fixture
def lapsed(world, later) -> Choice:
    """Ada's yes, whose time is over without anybody having recorded it."""
    given = give(world)
    later(YEAR)
    return given


def give(world) -> Choice:
    about = {"customer": world.ada.customer.id, "purpose": "offers", "by": world.ada.actor}
    return answering.give_consent(version=world.offers.pk, **about)


def test_withdrawing_everything_withdraws_nothing_that_had_run_out(world, lapsed):
    assert withdrawing.withdraw_all_consents(customer=world.ada.customer.id, by=world.ada.actor) == []
    assert events() == ["given", "expired"]


def test_an_erasure_revokes_nothing_that_had_run_out(world, lapsed):
    erase(world)

    assert events() == ["given", "expired"]


def test_whose_consent_had_run_out_gets_no_email_about_the_new_text(world, lapsed):
    publish_next(world.offers, world.pia.user)
    emails.notify_of_version(lapsed.pk, select_standing().get(purpose=world.offers.purpose))

    assert not Message.objects.filter(customer=world.ada.customer, kind__startswith="choice").exists()


def test_only_a_yes_that_lapsed_has_ended(world):
    assert selectors.find_standing(world.ada.customer.id, "offers").ended_at is None
    give(world)
    assert selectors.find_standing(world.ada.customer.id, "offers").ended_at is None


def test_after_an_end_that_was_not_hers_the_customer_reads_that_no_consent_stands(world):
    pia = Actor("staff", str(world.pia.pk))
    withdrawing.invalidate_choice(choice=give(world).pk, by=pia)

    page = signed_in(world.ada.user).get("/choices/offers/saved/").text

    assert "No consent stands" in page and "You said no" not in page and "You withdrew" not in page
    assert "no consent is in force" in page and "you have not agreed" not in page and "done-mark" not in page
    with pytest.raises(NoSuchPurpose):
        withdrawing.invalidate_choice(choice=uuid4(), by=pia)
