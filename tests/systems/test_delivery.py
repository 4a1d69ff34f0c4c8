"""What becomes of a webhook: in order, once, tried again by the schedule, and at last given up."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db.models import F

from consents.choices.models import Choice
from consents.core import clock
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.systems import rules, selectors, sending, services
from consents.systems.kinds import read_number
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import Reply
from tests.architecture.mutation.speaking import application_speaking
from tests.world.erasing import erase
from tests.world.systems import agree, find_description, is_as_described, make_system, withdraw

pytestmark = pytest.mark.usefixtures("with_offers")
FAILED, REFUSED, GONE = Reply(500), Reply(400), Reply(410)
DAY = timedelta(days=1)
FIXED = ("id = id", "queued_at = queued_at", "key_id = key_id")


def let_pass(wait: timedelta) -> None:
    """As if this much time had gone by since the last try, in the rows that say when the next one is due."""
    Webhook.objects.update(due_at=F("due_at") - wait)
    Receiver.objects.update(resumes_at=F("resumes_at") - wait)


def receiver(name: str = "newsletter") -> Receiver:
    return selectors.select_receivers().get(pk=name)


def test_it_says_who_and_what_for_and_no_more(world, receivers):
    agree(world.ada, world.offers)
    [webhook] = Webhook.objects.all()

    assert receivers.deliver() == [("newsletter", "consent.given")]
    assert receivers.deliver() == []
    [told] = receivers.tries
    moment = webhook.queued_at
    assert told.content == {
        "type": "consent.given",
        "timestamp": moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "customer": world.ada.customer.reference,
            "purpose": "offers",
            "record": str(Choice.objects.get().pk),
            "sequence": round(moment.timestamp() * 1_000_000),
        },
    }
    assert told.headers["webhook-id"] == f"msg_{webhook.pk.hex}"
    assert abs(datetime.now(UTC).timestamp() - int(told.headers["webhook-timestamp"])) < 60
    assert is_as_described(told.body)
    for header in find_description("consent.given")["parameters"]:
        assert re.search(header["schema"]["pattern"], told.headers[header["name"]])
    webhook.refresh_from_db()
    assert webhook.delivered_at and webhook.tries == 1 and receiver().delivered_at


def test_of_one_customer_nothing_comes_before_what_was_earlier(world, receivers):
    receivers.replies.extend([REFUSED])
    agree(world.ada, world.offers)
    withdraw(world.ada, world.offers)
    agree(world.ben, world.offers)

    receivers.deliver()
    assert [told.content["data"]["customer"] for told in receivers.tries] == ["C-1001", "C-1002"]
    first, ben = receivers.tries
    let_pass(rules.WAITS[0] * 1.2)
    assert receivers.deliver() == [("newsletter", "consent.given"), ("newsletter", "consent.withdrawn")]
    again, withdrawn = receivers.tries[2:]
    assert again.headers["webhook-id"] == first.headers["webhook-id"] != withdrawn.headers["webhook-id"]
    assert again.body == first.body and ben.content["data"]["sequence"] > first.content["data"]["sequence"]
    assert withdrawn.content["data"]["sequence"] > first.content["data"]["sequence"]


def test_a_receiver_that_is_down_is_left_alone_and_others_are_told(world, receivers):
    receivers.broken["newsletter"] = Reply(error="TimeoutError")
    for person in (world.ada, world.ben):
        agree(person, world.offers)
        agree(person, world.version)

    told = receivers.deliver()
    assert told.count(("newsletter", "consent.given")) == 1 and told.count(("shop", "consent.given")) == 2
    assert receivers.deliver() == []
    down = receiver()
    assert (down.failures, down.error, down.waiting) == (1, "TimeoutError", 2)
    receivers.broken.clear()
    let_pass(rules.WAITS[0] * 1.2)
    assert len(receivers.deliver()) == 2
    up = receiver()
    assert (up.failures, up.error, up.waiting) == (0, "", 0)


def test_one_that_always_fails_holds_up_no_other_customer(world, receivers):
    receivers.replies.append(FAILED)
    agree(world.ada, world.offers)
    agree(world.ben, world.offers)
    receivers.deliver()
    Receiver.objects.update(resumes_at=clock.now())

    receivers.deliver()

    assert [told.content["data"]["customer"] for told in receivers.tries] == ["C-1001", "C-1002"]


def test_it_is_tried_by_the_schedule_and_then_stopped_until_an_officer_sends_again(real_world, receivers, later):
    """By the database's clock."""
    receivers.broken["newsletter"] = FAILED
    agree(real_world.ada, real_world.offers)
    passed = timedelta(0)
    for wait in rules.WAITS:
        assert receivers.deliver() == [("newsletter", "consent.given")]
        later(passed + wait * 0.9)
        assert receivers.deliver() == []
        passed += wait * 1.2
        later(passed)
    assert receiver().stopped_at is None
    receivers.deliver()

    [webhook] = Webhook.objects.all()
    assert len(receivers.tries) == 10 and webhook.given_up_at and receiver().stopped_at
    assert {told.headers["webhook-id"] for told in receivers.tries} == {f"msg_{webhook.pk.hex}"}
    later(passed + 2 * DAY)
    assert receivers.deliver() == []


def test_410_stops_the_receiver_at_once(world, receivers):
    receivers.replies.append(GONE)
    agree(world.ada, world.offers)
    agree(world.ben, world.offers)

    assert len(receivers.deliver()) == 1
    let_pass(2 * DAY)
    assert receivers.deliver() == [] and receiver().stopped_at


def test_what_a_busy_receiver_asks_for_is_respected_up_to_a_day(world, receivers):
    for asked, waits in ((timedelta(hours=1), timedelta(hours=1)), (timedelta(days=90), DAY)):
        Receiver.objects.update(failures=0, resumes_at=clock.now())
        Webhook.objects.all().delete()
        agree(world.ada, world.offers)
        receivers.replies.append(Reply(429, retry_after=asked))
        receivers.deliver()
        due = Webhook.objects.get(delivered_at=None).due_at - clock.now()
        assert waits - timedelta(minutes=1) < due <= waits and receiver().resumes_at - clock.now() <= waits
        withdraw(world.ada, world.offers)


def test_one_that_is_refused_ten_times_is_given_up_alone(world, receivers):
    agree(world.ada, world.offers)
    receivers.replies.extend([REFUSED] * 10)
    for _try in range(11):
        receivers.deliver()
        let_pass(2 * DAY)

    agree(world.ben, world.offers)
    assert len(receivers.tries) == 10 and receiver().given_up == 1
    assert receivers.deliver() == [("newsletter", "consent.given")]


def test_one_that_fails_again_and_again_holds_up_no_later_no(world, receivers):
    agree(world.ada, world.offers)
    withdraw(world.ada, world.offers)
    receivers.replies.extend([REFUSED] * rules.HELD_UP_FOR)
    for _try in range(rules.HELD_UP_FOR):
        assert receivers.deliver()[0] == ("newsletter", "consent.given")
        Webhook.objects.filter(kind="consent.given").update(due_at=clock.now())

    assert {told.type for told in receivers.tries} >= {"consent.withdrawn"}


def test_a_wrong_address_or_door_stops_the_receiver_and_not_one_webhook_after_the_other(world, receivers):
    for status in (401, 403, 404, 405):
        assert not Reply(status).refuses_this_one
    assert all(one.refuses_this_one for one in (Reply(400), Reply(422), Reply(error="CannotOpen")))
    assert not any(one.refuses_this_one for one in (Reply(429), Reply(500), Reply(error="TimeoutError")))


def test_without_a_secret_all_waits_and_goes_out_once_there_is_one(world, receivers):
    for path in receivers.folder.glob("webhook-newsletter-*"):
        path.unlink()
    agree(world.ada, world.offers)
    for _turn in range(11):
        assert receivers.deliver() == []
    waiting = receiver()
    assert (waiting.error, waiting.failures, waiting.stopped_at, waiting.waiting) == ("NoSecret", 0, None, 1)

    sending.make_secret(receivers.folder, "newsletter")
    assert receivers.deliver() == [("newsletter", "consent.given")] and receiver().error == ""


def test_nothing_is_told_of_a_purpose_that_was_taken_from_the_system(world, receivers, settings, monkeypatch):
    agree(world.ada, world.offers)
    settings.PORTAL_SYSTEMS = (make_system("newsletter", "support"), *settings.PORTAL_SYSTEMS[1:])
    assert receivers.deliver() == []
    services.forget_old_webhooks()
    assert Webhook.objects.count() == 1
    monkeypatch.setattr(services, "KEPT_UNKNOWN", timedelta(0))
    services.forget_old_webhooks()
    assert not Webhook.objects.exists()


def test_one_that_was_sent_again_during_its_last_try_begins_anew(world, receivers):
    agree(world.ada, world.offers)
    receivers.deliver()
    [webhook] = Webhook.objects.all()
    Webhook.objects.update(delivered_at=None)
    webhook.tries = 9

    services.record_reply(webhook=webhook, reply=REFUSED)

    assert Webhook.objects.get().given_up_at is None


@pytest.mark.parametrize("reply", [Reply(204), FAILED])
def test_one_whose_customer_is_erased_while_it_is_sent_leaves_what_is_known_of_its_receiver(world, receivers, reply):
    agree(world.ada, world.offers)
    services.add_receivers()
    [webhook] = Webhook.objects.all()
    Webhook.objects.all().delete()

    services.record_reply(webhook=webhook, reply=reply)

    assert receiver().failures == (0 if reply.is_taken else 1)
    assert not Webhook.objects.exists()


def test_the_waits_are_those_of_the_specification_with_some_jitter():
    for number, wait in enumerate(rules.WAITS, 1):
        assert rules.compute_wait(number, 0) == wait < rules.compute_wait(number, 1) <= wait * 1.11
    assert rules.compute_wait(10, 0) is None


def test_whoever_comes_while_another_process_delivers_leaves_it_to_that_one(real_world, receivers):
    agree(real_world.ada, real_world.offers)
    with application_speaking() as other:
        assert other.execute(sending.TRY_TURN).fetchone()[0]
        assert receivers.deliver() == []
        other.execute(sending.END_TURN)
    assert len(receivers.deliver()) == 1


def test_many_are_sent_in_several_jobs(world, receivers, monkeypatch):
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 1)
    queued = []
    monkeypatch.setattr(services, "queue_delivery", lambda *_: queued.append(1))
    agree(world.ada, world.offers)
    agree(world.ben, world.offers)

    assert len(receivers.deliver()) == 1 and len(queued) == 1
    assert len(receivers.deliver()) == 1 and len(queued) == 1
    assert receivers.deliver() == []


def test_a_slow_receiver_has_its_turn_and_the_next_is_told(world, receivers, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS_AT_ONCE", -1.0)
    agree(world.ada, world.offers)
    assert receivers.deliver() == [] and selectors.find_due_webhook(settings.PORTAL_SYSTEMS[0])


def test_what_came_while_another_process_was_about_to_end_gets_a_job(world, receivers, monkeypatch):
    queued = []
    deliver = sending.deliver_to_system
    monkeypatch.setattr(sending, "deliver_to_system", lambda system: deliver(system) or agree(world.ada, world.offers))
    monkeypatch.setattr(services, "queue_delivery", lambda *_: queued.append(1))

    receivers.deliver()

    assert receivers.tries == [] and queued == [1]


def test_what_was_told_long_ago_is_forgotten(world, receivers, settings, monkeypatch):
    agree(world.ada, world.offers)
    receivers.deliver()
    services.forget_old_webhooks()
    assert Webhook.objects.count() == 1 and Receiver.objects.count() == 2

    Webhook.objects.update(delivered_at=clock.now() - rules.KEPT_DELIVERED)
    services.forget_old_webhooks()
    assert not Webhook.objects.exists()
    agree(world.ben, world.offers)
    settings.PORTAL_SYSTEMS = settings.PORTAL_SYSTEMS[1:]
    services.forget_old_webhooks()
    assert Webhook.objects.count() == 1 and Receiver.objects.count() == 2, "another machine may know it already"
    monkeypatch.setattr(services, "KEPT_UNKNOWN", timedelta(0))
    services.forget_old_webhooks()
    assert not Webhook.objects.exists() and [each.name for each in Receiver.objects.all()] == ["shop"]


def test_what_it_says_cannot_be_changed(real_world, receivers, tried):
    agree(real_world.ada, real_world.offers)

    for said in ("system = 'shop'", "kind = 'x'", "customer_id = NULL", "purpose = ''", "record = NULL", *FIXED):
        assert "permission denied" in tried(f"UPDATE systems_webhook SET {said}")
    assert "permission denied" not in tried("UPDATE systems_webhook SET tries = 2, error = 'x', due_at = portal.now()")


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
