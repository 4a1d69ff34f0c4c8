"""The home page says what happened since the visitor last signed in: by others, or to the settings."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from consents.access.services.ending import end_due_grants, stop_access
from consents.choices.services import answering, withdrawing
from consents.disclosures.customers.presenting import NEWS
from consents.disclosures.models import LookNews
from consents.disclosures.services import LookRefused, disclose_records
from consents.disclosures.telling import selectors, services
from consents.disclosures.telling.rules import HowOften, find_next_digest
from consents.exemptions.selectors import select_grants
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor, registered
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.people.models import User
from consents.people.services.customer_records import choose_language
from tests.architecture.recorded_events import recorded
from tests.bench.counting import queries_of
from tests.disclosures.looking import look
from tests.world.cast import PASSWORD, answer, ask, make_next_version, signed_in
from tests.world.choices import make_offers
from tests.world.erasing import erase
from tests.world.exemptions import build_delay, decide, file_order, open_emergency
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.scene_fixtures import scene

# Customers are told of looks as often as they want, and of what they cannot switch off; each look once.

DAY = timedelta(days=1)


@scene
def allowed(real_world):
    return answer(real_world, ask(real_world))


def choose(world, how_often: HowOften) -> None:
    services.choose_look_emails(customer=world.ada.customer.pk, how_often=how_often, by=world.ada.actor)


def told(kind: str) -> list[Message]:
    services.notify_due_customers()
    return list(Message.objects.filter(kind=kind).order_by("queued_at"))


def test_looks_are_told_once_a_day_unless_they_chose_otherwise(real_world, allowed, later):
    look(real_world, allowed)
    look(real_world, allowed, "contact")
    assert told("looks_allowed") == []

    later(DAY * 2)
    (message,) = told("looks_allowed")

    assert (message.customer, message.context["number"]) == (real_world.ada.customer, "2")
    assert told("looks_allowed") == [message]
    later(DAY * 5)
    assert told("looks_allowed") == [message]  # nobody looked since


def test_each_look_is_told_when_they_want_that(real_world, allowed):
    choose(real_world, HowOften.EACH)
    for number in (1, 2):
        look(real_world, allowed)
        assert len(told("looks_allowed")) == number


def test_a_weekly_email_waits_for_monday(real_world, allowed, later):
    choose(real_world, HowOften.WEEKLY)
    look(real_world, allowed)
    services.notify_due_customers()
    assert LookNews.objects.get(pk=real_world.ada.customer.pk).digest_at.weekday() == 0

    later(DAY * 8)
    assert len(told("looks_allowed")) == 1


def test_never_means_none_for_looks_they_allowed(real_world, allowed, later):
    choose(real_world, HowOften.NEVER)
    look(real_world, allowed)
    later(DAY * 2)
    assert told("looks_allowed") == []

    choose(real_world, HowOften.EACH)
    assert told("looks_allowed") == []  # nor afterwards of what came before


def try_after_stop(world, request, times: int) -> None:
    stop_access(access_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    for _ in range(times):
        with pytest.raises(LookRefused):
            look(world, request)


def test_refused_tries_are_told_whatever_they_chose_and_in_one_email_a_day(real_world, allowed, later):
    choose(real_world, HowOften.NEVER)
    try_after_stop(real_world, allowed, times=1)
    assert [message.context["number"] for message in told("looks_refused")] == ["1"]

    try_after_stop(real_world, allowed, times=40)
    assert len(told("looks_refused")) == 1

    later(DAY + timedelta(minutes=1))
    assert [message.context["number"] for message in told("looks_refused")] == ["1", "40"]


def test_a_change_of_the_setting_is_on_record_and_told_whatever_was_chosen(world):
    choose(world, HowOften.NEVER)
    choose(world, HowOften.NEVER)

    entry = Entry.objects.get(event="look_emails.chosen")
    assert (entry.customer, entry.outcome) == (world.ada.customer.pk, "never")
    (message,) = Message.objects.filter(kind="act_confirmed")
    deliver_message(message=message.pk)
    assert "no longer email you" in mail.outbox[-1].body


def test_it_is_chosen_on_the_page(world):
    ada = signed_in(world.ada.user)

    assert ada.post("/settings/looks/", {"how_often": "weekly"}).status_code == 302
    assert selectors.get_how_often(world.ada.customer.pk) == HowOften.WEEKLY
    assert selectors.get_how_often(world.ben.customer.pk) == HowOften.DAILY


@pytest.mark.parametrize("data", [{}, {"how_often": "hourly"}, {"how_often": "\0"}], ids=["nothing", "unknown", "odd"])
def test_anything_else_gets_a_sentence(world, data):
    response = signed_in(world.ada.user).post("/settings/looks/", data)

    assert response.status_code == 422
    assert "Choose how often we may email you." in response.content.decode()
    assert not LookNews.objects.exists()


def test_the_erased_are_told_nothing(real_world, allowed, later):
    look(real_world, allowed)
    erase(real_world)
    later(DAY * 2)

    assert told("looks_allowed") == [] and not LookNews.objects.exists()


def test_no_daily_email_waits_where_none_arrives(real_world, allowed, later):
    FailingAddress.objects.create(address_hash=bytes(real_world.ada.customer.address_hash), how="bounced")
    look(real_world, allowed)
    services.notify_due_customers()
    later(DAY * 2)

    assert told("looks_allowed") == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "with your permission"), ("de", "Erlaubnis"), ("es", "permiso")]
)
def test_no_email_says_what_was_opened(real_world, allowed, language, words):
    choose(real_world, HowOften.EACH)
    choose_language(customer=real_world.ada.customer.pk, language=language, by=real_world.ada.actor)
    look(real_world, allowed)
    (message,) = told("looks_allowed")
    deliver_message(message=message.pk)

    text = mail.outbox[-1].body
    assert words in text and "Billing Support" in text
    assert not any(value in text for value in ("Orders", "Ada", real_world.ada.customer.reference))


@pytest.mark.parametrize(
    ("how_often", "now", "expected"),
    [
        (HowOften.DAILY, "2026-11-26T23:30+00:00", "2026-11-28T08:00+01:00"),  # past midnight in Berlin
        (HowOften.DAILY, "2026-03-28T12:00+00:00", "2026-03-29T08:00+02:00"),  # the night that the clocks change
        (HowOften.WEEKLY, "2026-11-23T06:00+00:00", "2026-11-30T08:00+01:00"),  # a Monday
        (HowOften.WEEKLY, "2026-11-29T12:00+00:00", "2026-11-30T08:00+01:00"),
    ],
)
def test_a_digest_comes_in_the_customer_s_morning(how_often, now, expected):
    digest = find_next_digest(how_often, datetime.fromisoformat(now), ZoneInfo("Europe/Berlin"))

    assert digest.astimezone(UTC) == datetime.fromisoformat(expected).astimezone(UTC)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO disclosures_looknews (customer_id, how_often) VALUES (%s, 'never')",
        "UPDATE disclosures_looknews SET how_often = 'never' WHERE customer_id = %s",
    ],
    ids=["new", "changed"],
)
def test_the_database_refuses_a_setting_that_is_not_on_record(real_world, statement):
    if statement.startswith("UPDATE"):
        choose(real_world, HowOften.WEEKLY)
    with pytest.raises(IntegrityError, match="ledger entry"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [real_world.ada.customer.pk])


def test_a_look_without_permission_is_told_at_once_whatever_they_chose(real_world):
    choose(real_world, HowOften.NEVER)
    opened = open_emergency(real_world, "orders")
    grant = select_grants(opened.pk).get()
    disclose_records(grant=grant.pk, staff=opened.staff_id, by=Actor("staff", str(opened.staff_id)))

    (message,) = told("looks_exempted")
    assert message.context["number"] == "1" and told("looks_allowed") == []


def test_what_a_law_forbids_to_tell_is_not_told(real_world):
    exemption = decide(real_world, file_order(real_world, "orders"), delay=build_delay())
    grant = select_grants(exemption.pk).first()
    disclose_records(grant=grant.pk, staff=exemption.staff_id, by=Actor("staff", str(exemption.staff_id)))

    assert told("looks_exempted") == []


def test_before_it_is_time_and_to_nobody_nothing_is_told(real_world, allowed):
    look(real_world, allowed)

    for customer in (real_world.ada.customer.pk, uuid4()):
        services.notify_of_looks(customer=customer)

    assert not Message.objects.filter(kind__startswith="looks").exists()


def visiting(world, before: timedelta | None = timedelta(days=1), user: User | None = None):
    client = signed_in(user or world.ada.user)
    session = client.session
    session["last_visit"] = (timezone.now() - before).isoformat() if before else ""
    session.save()
    return client


def home(client) -> str:
    return " ".join(client.get("/").content.decode().split())


def test_it_counts_looks_asks_and_changes_of_settings(real_world):
    look(real_world, answer(real_world, ask(real_world)))
    ask(real_world, "contact", member=real_world.kim)
    services.choose_look_emails(customer=real_world.ada.customer.pk, how_often=HowOften.NEVER, by=real_world.ada.actor)

    text = home(visiting(real_world))
    assert "Since your last visit" in text
    assert all(line in text for line in ("1 look by our staff", "2 new requests", "1 change of your settings"))


def test_kinds_of_news_on_one_page_are_counted_apart(real_world):
    allowed = answer(real_world, ask(real_world))
    look(real_world, allowed)
    stop_access(access_request=allowed.pk, customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    with pytest.raises(LookRefused):
        look(real_world, allowed)

    text = home(visiting(real_world))

    assert "1 look by our staff" in text and "1 refused try to look" in text


def give(world, version):
    terms = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "version": version.pk}
    return answering.give_consent(**terms, by=world.ada.actor)


def test_a_consent_that_the_company_or_an_authority_ended_did_not_run_out(world):
    given, offers = give(world, world.version), make_offers(world)
    withdrawing.invalidate_choice(choice=given.pk, by=Actor("staff", str(world.pia.pk)))
    given = give(world, offers)
    retire(offers.purpose)
    withdrawing.record_lapse(choice=given.pk, by=PORTAL)

    text = home(visiting(world))

    assert "1 consent that was found invalid" in text and "1 consent that we ended" in text
    assert "ran out" not in text


def test_a_consent_that_a_new_text_has_ended_is_news_once(world):
    give(world, world.version)
    person = visiting(world)
    assert "because its text changed" not in home(person)

    make_next_version(world.version.purpose, world.pia.user)

    assert "1 consent that ended because its text changed" in home(person)
    assert "Nothing is new since." in home(visiting(world, before=-timedelta(minutes=1)))


def test_what_came_before_the_last_visit_is_not_news(world):
    ask(world)

    text = home(visiting(world, before=-timedelta(minutes=1)))
    assert "Nothing is new since." in text and "new request<" not in text


def test_a_first_visit_has_no_earlier_one(world):
    assert "Since your last visit" not in home(visiting(world, before=None))


def test_another_customer_s_news_is_not_told(world):
    ask(world, customer=world.ben)

    assert "Nothing is new since." in home(visiting(world))


def test_the_time_zone_that_the_browser_offered_is_not_news(world):
    person = visiting(world)
    offered = person.post("/settings/time-zone/offer/", {"time_zone": "Europe/Berlin"})

    assert offered.status_code < 400 and Entry.objects.filter(event="customer.time_zone_chosen").exists()
    assert "Nothing is new since." in home(person)


def test_what_a_law_forbids_to_tell_is_not_counted(real_world):
    exemption = decide(real_world, file_order(real_world, "orders"), delay=build_delay())
    grant = select_grants(exemption.pk).first()
    disclose_records(grant=grant.pk, staff=exemption.staff_id, by=Actor("staff", str(exemption.staff_id)))

    assert "Nothing is new since." in home(visiting(real_world))


def test_what_another_holder_did_is_news_and_what_oneself_did_is_not(world):
    mia = share_account(world)
    asked = ask(world, "orders")
    answer(world, asked, "none")
    give(world, world.version)

    assert "answer recorded" not in (own := home(visiting(world))) and "choice recorded" not in own
    others = home(visiting(world, user=mia.user))
    assert "1 answer recorded by someone else" in others and "1 choice recorded by someone else" in others


def test_what_time_ended_is_news(real_world, later):
    answer(real_world, ask(real_world, "orders"))
    later(timedelta(hours=3))
    end_due_grants()

    assert "1 end of access" in home(visiting(real_world))


# What the first page does not count: what is told there by itself, steps of our own work, and what passed on the
# telephone.
NO_NEWS = """
access_request.caller_code_sent access_request.caller_code_wrong access_request.caller_proved
access_request.question_sent access_request.reminder_wanted access_request.wait_lifted
breach.read choices.digest_queued claim_code.approved claim_code.cancelled claim_code.printed claim_code.proposed
conflict.lifted conflict.noted customer.erased customer.looked_up customer.part_erased customer.recorded
customer.time_zone_chosen erasure.cancelled erasure.proposed
exemption.cancelled exemption.confirmed exemption.delay_renewed exemption.filed exemption.refused exemption.unchecked
history.opened legal_hold.lifted legal_hold.placed limit.lift_announced look_report.answered look_report.filed
message.retried objection.lift_announced part_erasure.cancelled part_erasure.proposed record.claimed
restriction.lift_announced rights_request.acknowledged rights_request.answer_sent
rights_request.code_ended rights_request.code_made rights_request.code_typed rights_request.entry_chosen
rights_request.file_added rights_request.file_agreed rights_request.identity_confirmed
rights_request.law_chosen rights_request.matched rights_request.package_asked rights_request.package_downloaded
rights_request.package_removed rights_request.question_code_typed rights_request.recipient_told
rights_request.system_searched rights_request.unanswered rights_request.value_decided
session.ended vault.compared vault.own_copy vault.stored
"""


def test_every_event_of_a_customer_is_news_or_said_not_to_be():
    told = {name for name, words in registered.items() if words.customer and not words.is_in_copy_only}

    assert told == set(NEWS) | set(NO_NEWS.split()) and not set(NEWS) & set(NO_NEWS.split())


def test_every_event_that_is_news_is_recorded_somewhere():
    assert set(NEWS) - {"rights_request.answered", "rights_request.appeal_decided"} <= recorded()
    assert set(NEWS) <= set(registered)


def test_it_costs_one_query(world):
    ask(world)
    first, later = visiting(world, before=None), visiting(world)
    first.get("/"), later.get("/")

    assert queries_of(later, "/") == queries_of(first, "/") + 1


def test_signing_in_keeps_when_they_were_here_before(world, client):
    user = world.ada.user
    user.last_login = timezone.now() - timedelta(days=3)
    user.set_password(PASSWORD)
    user.save(update_fields=["last_login", "password"])

    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.session["last_visit"] == user.last_login.isoformat()


def test_more_news_than_are_counted_is_said(real_world, monkeypatch):
    ask(real_world, "orders")
    more = "Only the newest {} entries are counted."
    assert more.format(1000) not in home(visiting(real_world))

    monkeypatch.setattr("consents.disclosures.customers.presenting.MOST_NEWS", 1)

    assert more.format(1) in home(visiting(real_world))
