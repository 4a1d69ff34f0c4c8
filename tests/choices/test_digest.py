"""After 90 days without activity one mail, once; what had lapsed is asked anew unless a no rests."""

from datetime import timedelta

import pytest
from django.core import mail

from consents.choices.models import Digest
from consents.choices.services import answering, withdrawing
from consents.choices.services.answering import DIGEST_AFTER
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import User
from tests.world.cast import signed_in
from tests.world.choices import events, may, publish_next

QUIET = timedelta(days=91)


@pytest.fixture
def world(with_offers, real_world):
    answering.give_consent(
        customer=real_world.ada.customer.id, purpose="offers", version=real_world.offers.pk, by=real_world.ada.actor
    )
    return real_world


def test_nobody_is_reminded_before(world, later):
    later(timedelta(days=89))
    assert answering.queue_due_digests() == 0


def test_the_page_says_after_how_long(world):
    page = signed_in(world.ada.user).get("/settings/").content.decode()
    assert f"when I have not been here for {DIGEST_AFTER.days} days" in page


def test_one_mail_after_90_days_and_no_second_for_90_more(world, later):
    later(QUIET)
    assert answering.queue_due_digests() == 1 and answering.queue_due_digests() == 0

    message = Message.objects.get(kind="choices_digest")
    deliver_message(message=message.pk)
    text = mail.outbox[-1].subject + mail.outbox[-1].body
    assert "You made 1 choice" in text and "offers" not in text.lower() and "/choices" not in text
    assert Entry.objects.filter(event="choices.digest_queued", customer=world.ada.customer.id).count() == 1

    later(2 * QUIET)
    assert answering.queue_due_digests() == 1


def test_who_signed_in_or_chose_meanwhile_is_not_reminded(world, later):
    later(timedelta(days=60))
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=world.offers.pk, by=world.ada.actor
    )
    later(timedelta(days=100))
    assert answering.queue_due_digests() == 0

    later(timedelta(days=160))
    signed_in(world.ada.user)
    User.objects.filter(pk=world.ada.user.pk).update(last_login=Entry.objects.latest("id").occurred_at + QUIET)
    assert answering.queue_due_digests() == 0


def test_who_agreed_to_nothing_is_not_reminded(world, later):
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    later(QUIET)
    assert answering.queue_due_digests() == 0 and not Digest.objects.exists()


def test_what_a_material_text_ended_is_asked_anew_once(world, later):
    publish_next(world.offers, world.pia.user)
    later(QUIET)
    answering.queue_due_digests()
    later(2 * QUIET)
    answering.queue_due_digests()

    assert events() == ["given", "revoked", "requested"]
    asked = Entry.objects.get(event="consent.requested")
    assert (asked.actor_kind, asked.facts["method"], asked.facts["version"]) == ("portal", "digest", 2)
    assert not may(world).allowed


def test_the_portal_reminds_and_nobody_else_is_told(world, later):
    later(QUIET)
    assert answering.queue_digest(customer=world.ben.customer.id, by=PORTAL) is False
    assert not Message.objects.filter(kind="choices_digest").exists()
