"""Prepare a call of every act of `consents/systems`."""

from django.test import override_settings

from consents.systems import services
from consents.systems.models import Receiver
from consents.systems.services import insert_webhooks
from tests.faults.acts.beginnings import by_staff
from tests.faults.acts.registry import Call, act
from tests.world.systems import make_system

NAME = "newsletter"
TOLD = override_settings(PORTAL_SYSTEMS=(make_system(NAME, "support"),))


@act(services.resume_receiver)
def resume(world, **_) -> Call:
    Receiver.objects.create(name=NAME, failures=10)
    insert_webhooks("consent.given", [NAME], customer=world.ada.customer.id)
    return TOLD(lambda: services.resume_receiver(name=NAME, by=by_staff(world.pia)))


@act(services.send_test_webhook)
def send_test(world, **_) -> Call:
    Receiver.objects.create(name=NAME)
    return TOLD(lambda: services.send_test_webhook(name=NAME, by=by_staff(world.pia)))
