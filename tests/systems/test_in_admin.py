"""Officers see which systems are told, what could not be, and send it again; nobody else does."""

import re

import pytest
from django.db.models.expressions import RawSQL

from consents.core import clock
from consents.core.clock import DatabaseNow as Now
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ops.monitoring import figures
from consents.ops.monitoring.alarms import describe_systems
from consents.ops.running import doctor
from consents.systems import services
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import LATE, Reply
from tests.world.cast import signed_in
from tests.world.erasing import actor
from tests.world.receivers import is_as_described
from tests.world.systems import agree, withdraw

pytestmark = pytest.mark.usefixtures("with_offers")
LIST = "/admin/systems/receiver/"
PAGE = f"{LIST}newsletter/change/"


def press(client, act: str):
    return client.post(PAGE, {"CHANGE_FORM-action": act, "_selected_action": "newsletter"}, follow=True)


def read(client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def stopped(world, receivers):
    receivers.replies.append(Reply(410))
    agree(world.ada, world.offers)
    receivers.deliver()
    return receivers


def test_officers_see_what_a_system_misses_and_why(world, stopped):
    for officer in (world.pia, world.otto):
        client = signed_in(officer.user)
        for address in (LIST, PAGE):
            page = read(client, address)
            assert "Stopped" in page and "It says that it takes no more (410)" in page
        assert "system is not told of changes" in read(client, "/admin/")
    sam = signed_in(world.sam.user)
    assert sam.get(LIST).status_code == 403 and sam.get(PAGE).status_code == 404
    assert "not told of changes" not in read(sam, "/admin/")


def test_an_officer_sends_again_on_record(world, stopped):
    client = signed_in(world.pia.user)
    assert "Send a test" not in read(client, PAGE)

    assert "is being sent again" in press(client, "resume").content.decode()
    assert stopped.deliver() == [("newsletter", "consent.given")]
    assert Entry.objects.get(event="webhooks.resumed").object == "newsletter"
    page = read(client, PAGE)
    assert "In order" in page and "Send again" not in page and "Send a test" in page
    with pytest.raises(services.NothingToSend):
        services.resume_receiver(name="newsletter", by=actor(world.pia))


def test_a_test_says_nothing_of_anybody(world, receivers):
    receivers.deliver()
    client = signed_in(world.otto.user)
    assert "Not tried" in read(client, PAGE)

    assert "A test is on its way" in press(client, "test").content.decode()
    assert receivers.deliver() == [("newsletter", "webhook.test")]
    assert is_as_described(receivers.tries[-1].body)
    assert receivers.tries[0].content["data"] == {} and Entry.objects.filter(event="webhooks.tested").exists()


def test_a_stopped_or_unknown_receiver_gets_no_test(world, stopped):
    with pytest.raises(services.ReceiverStopped):
        services.send_test_webhook(name="newsletter", by=actor(world.pia))
    for name in ("till", "nobody"):
        with pytest.raises(Unknown):
            services.send_test_webhook(name=name, by=actor(world.pia))


LONG_AGO = {"queued_at": RawSQL("portal.now() - interval '1 day'", ())}
# What is in the rows of the receiver and of one webhook to it, and the word for it.
STATES = {
    "Not tried": ({}, None),
    "In order": ({"delivered_at": Now()}, None),
    "Being tried again": ({"failures": 1, "error": "HTTP 500"}, {}),
    "Late": ({"delivered_at": Now()}, LONG_AGO),
    "Given up": ({"delivered_at": Now()}, {"given_up_at": Now()}),
    "Stopped": ({"stopped_at": Now()}, {"given_up_at": Now()}),
}


def test_the_page_says_in_a_word_how_it_stands(world, receivers, subtests):
    client = signed_in(world.pia.user)
    for word, (of_receiver, of_webhook) in STATES.items():
        Receiver.objects.all().delete()
        Webhook.objects.all().delete()
        Receiver.objects.create(name="newsletter", **of_receiver)
        if of_webhook is not None:
            Webhook.objects.create(system="newsletter", kind="consent.given", **of_webhook)
        page = read(client, LIST)
        with subtests.test(state=word):
            assert re.findall(r'<span class="state [^>]*>([^<]*)<', page) == [word]


def test_where_no_system_is_told_the_page_says_so(world, receivers, settings):
    receivers.deliver()
    settings.PORTAL_SYSTEMS = settings.PORTAL_SYSTEMS[2:]

    page = read(signed_in(world.pia.user), LIST)
    assert "No system of the company is told of changes" in page and "newsletter" not in page


def test_whoever_runs_the_portal_is_told(world, receivers, settings):
    agree(world.ada, world.offers)
    withdraw(world.ada, world.offers)
    receivers.deliver()
    assert describe_systems() == "ok" and list(doctor.check_receivers()) == []

    agree(world.ada, world.offers)
    Webhook.objects.filter(delivered_at=None).update(tries=1)
    assert describe_systems() == "ok"
    Webhook.objects.all().delete()
    Webhook.objects.create(system="newsletter", kind="consent.given", queued_at=clock.now() - LATE)
    assert describe_systems() == "late"
    Receiver.objects.filter(name="newsletter").update(stopped_at=clock.now())
    (receivers.folder / "webhook-shop-1").unlink()
    Webhook.objects.create(system="shop", kind="consent.given", given_up_at=Now())
    assert describe_systems() == "broken" and figures.read_rows(figures.WEBHOOKS_GIVEN_UP) == [("shop", 1)]
    assert {sentence for _state, sentence in doctor.check_receivers()} == {
        "shop is told nothing: `manage.py make_webhook_secret shop` first.",
        "newsletter misses webhooks (1 waiting, 0 given up).",
        "shop misses webhooks (0 waiting, 1 given up).",
    }
    settings.PORTAL_SYSTEMS = ()
    assert describe_systems() == "ok" and list(doctor.check_receivers()) == []
