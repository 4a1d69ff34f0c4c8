"""After whatever an answer to a system may be another one, it is told so, in the transaction of the change."""

import re
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import answering, emails, marking, withdrawing
from consents.core import clock
from consents.core.clock import DatabaseNow as Now
from consents.core.refusals import Unknown
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ops.monitoring import figures
from consents.ops.monitoring.alarms import describe_systems
from consents.ops.running import doctor
from consents.systems import kinds, services, tasks
from consents.systems.kinds import KINDS, RESTORED
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import LATE, Reply
from consents.systems.sending import build_body
from consents.vault.rules import Parts
from consents.vault.services import erasing
from tests.world.cast import signed_in
from tests.world.choices import publish_next
from tests.world.erasing import actor
from tests.world.retirements import retire
from tests.world.rights_requests import file
from tests.world.systems import agree, is_as_described, withdraw

pytestmark = pytest.mark.usefixtures("with_offers")


def take_queued() -> list[tuple[str, str]]:
    """System and kind of what is queued, which is then forgotten. Its body is what the description says."""
    queued = list(Webhook.objects.order_by("queued_at", "system"))
    assert all(is_as_described(build_body(webhook)) for webhook in queued)
    Webhook.objects.all().delete()
    return [(webhook.system, webhook.kind) for webhook in queued]


def renew(world) -> None:
    choice = Choice.objects.get()
    about = {"customer": choice.customer_id, "purpose": "offers", "version": choice.version_id}
    answering.renew_consent(**about, since=choice.since, by=world.ada.actor)


def place(world, kind: MarkKind, purpose: str = "") -> None:
    marking.place_mark(customer=world.ada.customer.pk, kind=kind, purpose=purpose, by=world.ada.actor)


def lift(world) -> None:
    [mark] = world.ada.customer.marks.filter(lifted_at=None)
    marking.lift_mark(mark=mark.pk, by=world.ada.actor)


def erase_part(world) -> None:
    about = {"rights_request": file(world.ada, Type.ERASURE).pk, "customer": world.ada.customer.pk}
    pia, otto = ({"officer": officer, "by": actor(officer)} for officer in (world.pia, world.otto))
    erasing.propose_part_erasure(**about, **pia, parts=Parts(["contact"], ["orders"]), law="AO 147")
    assert not Webhook.objects.exists()
    erasing.erase_part(**about, **otto, is_everything=False)


EVERYBODY = ["newsletter", "shop"]
# One after the other, of one customer: what is done, which systems are told, and of which event of the ledger.
STORY: list[tuple[Callable, list[str], str]] = [
    (lambda world: agree(world.ada, world.offers), ["newsletter"], "consent.given"),
    (lambda world: agree(world.ada, world.offers), [], ""),  # said before
    (renew, ["newsletter"], "consent.renewed"),
    (lambda world: withdraw(world.ada, world.offers), ["newsletter"], "consent.withdrawn"),
    (lambda world: withdraw(world.ben, world.offers), ["newsletter"], "consent.refused"),
    (lambda world: agree(world.ada, world.version), ["shop"], "consent.given"),
    (lambda world: place(world, MarkKind.RESTRICTION), EVERYBODY, "restriction.placed"),
    (lift, EVERYBODY, "restriction.lifted"),
    (lambda world: place(world, MarkKind.OBJECTION, "offers"), ["newsletter"], "objection.placed"),
    (lift, ["newsletter"], "objection.lifted"),
    (lambda world: place(world, MarkKind.LIMIT), EVERYBODY, "limit.placed"),
    (lift, EVERYBODY, "limit.lifted"),
    (erase_part, EVERYBODY, "customer.part_erased"),
]


def test_each_change_is_told_to_whoever_may_ask(world, receivers, subtests):
    for number, (change, told, kind) in enumerate(STORY):
        change(world)
        with subtests.test(number=number, kind=kind):
            assert take_queued() == [(system, kind) for system in told]


def test_a_restoration_is_told_of_everything(world, receivers):
    services.queue_webhooks(kind=RESTORED)
    assert take_queued() == [(system, RESTORED) for system in EVERYBODY]


def test_what_is_described_is_what_is_told():
    consents = {rules.EVENTS[status] for status in rules.TOLD_TO_SYSTEMS}
    marks = {f"{kind}.{event}" for kind in MarkKind for event in ("placed", "lifted")}
    others = {text for name, text in vars(kinds).items() if name.isupper() and isinstance(text, str) and "." in text}

    assert set(KINDS) == consents | marks | others | {"customer.part_erased"}


def test_consent_that_an_authority_finds_invalid_is_told(world, receivers):
    agree(world.ada, world.offers)
    take_queued()

    withdrawing.invalidate_choice(choice=Choice.objects.get().pk, by=actor(world.pia))
    assert take_queued() == [("newsletter", "consent.invalidated")]


def test_consent_that_runs_out_is_told_by_the_job_that_records_it(real_world, receivers, later):
    agree(real_world.ada, real_world.offers)
    take_queued()

    later(Choice.objects.get().valid_until - clock.now())
    withdrawing.expire_due_choices()
    assert take_queued() == [("newsletter", "consent.expired")]


def test_a_new_text_is_told_of_everybody_and_its_end_of_each_consent(world, receivers):
    agree(world.ada, world.offers)
    take_queued()

    newer = publish_next(world.offers, world.pia.user)
    [everybody] = Webhook.objects.all()
    assert (everybody.system, everybody.kind, everybody.customer) == ("newsletter", "purpose_version.published", None)
    take_queued()

    emails.notify_next_customers(version=newer.pk)
    assert take_queued() == [("newsletter", "consent.revoked")]


def test_a_retired_purpose_is_told_of_everybody_and_then_of_each(world, receivers):
    agree(world.ada, world.offers)
    take_queued()

    retire(world.offers.purpose)
    assert take_queued() == [("newsletter", "purpose.retired")]
    withdrawing.revoke_due_choices()
    assert take_queued() == [("newsletter", "consent.revoked")]


def test_every_status_that_changes_an_answer_is_told():
    told = {rules.EVENTS[status] for status in rules.TOLD_TO_SYSTEMS}

    assert set(rules.EVENTS.values()) - told == {"consent.requested", "consent.deferred"}
    assert not {Status.REQUESTED, Status.DEFERRED} & (rules.YES | rules.NO)


def test_to_be_asked_and_to_put_it_off_are_not_told(world, receivers):
    ada = {"customer": world.ada.customer.pk, "purpose": "offers"}
    answering.request_consent(**ada, by=PORTAL, how=ActContext("page"))
    answering.defer_consent(**ada, version=world.offers.pk, by=world.ada.actor)

    assert take_queued() == []


def test_nothing_is_queued_of_what_is_rolled_back(world, receivers):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        agree(world.ada, world.offers)
        assert Webhook.objects.exists()
        raise ZeroDivisionError

    assert not Webhook.objects.exists()


def count_statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries if "systems_" in query["sql"]]


def test_it_costs_one_statement_and_none_where_nobody_is_told(world, receivers, settings):
    assert len(count_statements(lambda: agree(world.ada, world.offers))) == 1

    settings.PORTAL_SYSTEMS = settings.PORTAL_SYSTEMS[2:]
    assert count_statements(lambda: withdraw(world.ada, world.offers)) == []


def test_the_job_is_the_one_that_the_queue_makes(world, receivers):
    agree(world.ada, world.offers)
    tasks.deliver_webhooks.defer(timestamp=0)

    ours, theirs = ProcrastinateJob.objects.filter(task_name=tasks.deliver_webhooks.name).values()
    assert {**ours, "id": 0} == {**theirs, "id": 0}


# Officers see which systems are told, what could not be, and send it again; nobody else does.

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
