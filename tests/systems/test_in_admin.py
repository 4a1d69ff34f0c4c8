"""Officers see which systems are told, what could not be, and send it again; nobody else does."""

import pytest

from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ops.monitoring.delays import describe_systems
from consents.ops.running import systems_check
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import LATE, Reply
from consents.systems.services import delivering
from tests.world.cast import signed_in
from tests.world.erasing import actor
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
    with pytest.raises(delivering.NothingToSend):
        delivering.resume_receiver(name="newsletter", by=actor(world.pia))


def test_a_test_says_nothing_of_anybody(world, receivers):
    receivers.deliver()
    client = signed_in(world.otto.user)
    assert "Not tried" in read(client, PAGE)

    assert "A test is on its way" in press(client, "test").content.decode()
    assert receivers.deliver() == [("newsletter", "webhook.test")]
    assert receivers.tries[0].content["data"] == {} and Entry.objects.filter(event="webhooks.tested").exists()


def test_a_stopped_or_unknown_receiver_gets_no_test(world, stopped):
    with pytest.raises(delivering.ReceiverStopped):
        delivering.send_test_webhook(name="newsletter", by=actor(world.pia))
    for name in ("till", "nobody"):
        with pytest.raises(Unknown):
            delivering.send_test_webhook(name=name, by=actor(world.pia))


def test_whoever_runs_the_portal_is_told(world, receivers, settings):
    agree(world.ada, world.offers)
    withdraw(world.ada, world.offers)
    receivers.deliver()
    assert describe_systems() == "ok" and list(systems_check.check_receivers()) == []

    agree(world.ada, world.offers)
    Webhook.objects.filter(delivered_at=None).update(tries=1)
    assert describe_systems() == "ok"
    Webhook.objects.all().delete()
    Webhook.objects.create(system="newsletter", kind="consent.given", queued_at=clock.now() - LATE)
    assert describe_systems() == "late"
    Receiver.objects.filter(name="newsletter").update(stopped_at=clock.now())
    (receivers.folder / "webhook-shop-1").unlink()
    assert describe_systems() == "broken"
    assert {sentence for _state, sentence in systems_check.check_receivers()} == {
        "shop is told nothing: `manage.py make_webhook_secret shop` first.",
        "newsletter misses webhooks (1 waiting, 0 given up).",
    }
    settings.PORTAL_SYSTEMS = ()
    assert describe_systems() == "ok" and list(systems_check.check_receivers()) == []
