"""Of an erased customer nothing leads to a person but their number, sealed, until each system has been told."""

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.systems import services
from consents.systems.kinds import read_number
from consents.systems.models import Webhook
from tests.world.erasing import erase
from tests.world.receivers import is_as_described
from tests.world.systems import agree

pytestmark = pytest.mark.usefixtures("with_offers")


def test_the_erasure_is_told_by_the_number_and_nothing_else_is(real_world, receivers):
    number = real_world.ada.customer.reference
    agree(real_world.ada, real_world.offers)
    agree(real_world.ben, real_world.offers)

    erase(real_world)

    assert not Webhook.objects.filter(customer=real_world.ada.customer).exists()
    waiting = Webhook.objects.filter(kind="customer.erased")
    assert {webhook.system for webhook in waiting} == {"newsletter", "shop"}
    assert all(number.encode() not in bytes(webhook.sealed) for webhook in waiting)
    assert {read_number(webhook) for webhook in waiting} == {number}
    receivers.deliver()
    erased = [told.content["data"] for told in receivers.tries if told.type == "customer.erased"]
    assert all(is_as_described(told.body) for told in receivers.tries)
    assert [(facts["customer"], facts["purpose"]) for facts in erased] == [(number, None)] * 2
    assert not Webhook.objects.exclude(sealed=None).exists()


def test_a_seal_opens_in_its_own_webhook_alone(world, receivers):
    erase(world)
    first, second = Webhook.objects.all()

    first.sealed = second.sealed
    assert receivers and first.kind == second.kind == "customer.erased"
    Webhook.objects.filter(pk=first.pk).update(sealed=first.sealed)
    receivers.deliver()
    assert [told.system for told in receivers.tries] == [second.system]
    first.refresh_from_db()
    assert (first.error, first.delivered_at) == ("CannotOpen", None)


def test_whoever_has_no_number_is_told_of_to_nobody(world, receivers):
    """The decision API knows nobody without one."""
    nobody = customer_records.open_customer_record(by=PORTAL).pk
    services.queue_webhooks(kind="consent.given", customer=nobody, purpose="offers")
    services.queue_erasure_webhooks(customer=nobody)

    assert receivers and not Webhook.objects.exists()
