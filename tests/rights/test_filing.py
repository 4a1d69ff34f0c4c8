"""A request arrives: with the terms of its law, once, and what acts at once has acted."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from consents.choices.models import Choice
from consents.choices.rules import OPT_OUT_PAGE, SIGNAL, ActContext, Status
from consents.choices.services.answering import give_consent
from consents.choices.services.withdrawing import opt_out_of_sale, withdraw_all_consents, withdraw_consent
from consents.core.clock import now
from consents.law.calendars import NoCalendar
from consents.law.identity import Level
from consents.law.kinds import NotYourLaw, Regime, Type
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.rights import words
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAsked,
    BadReceipt,
    BeforeItsLaw,
    IsOpenAlready,
    NeedsProof,
    NotAllowedAgain,
    NotOfThisScope,
    NotStaff,
    OnlyTheirYes,
)
from consents.rights.rules import Channel, Outcome, State, SubmittedBy, normalize_number
from consents.rights.rules import NewRequest as NewRequest
from consents.rights.services import filing
from tests.world.cast import signed_in
from tests.world.choices import make_offers, make_sale
from tests.world.erasing import erase
from tests.world.rights_requests import (
    PHONE,
    answer,
    by_staff,
    entries,
    file,
    file_as_stranger,
    file_correction,
    make_record_older,
    type_in,
)


def test_it_has_the_terms_of_its_law_and_is_confirmed_at_once(world):
    filed = file(world.ada)

    assert (filed.regime, filed.jurisdiction, filed.channel, filed.submitted_by) == ("gdpr", "IE", "portal", "self")
    assert filed.clocks["answer"]["rule"] == filed.due_rule == "gdpr:12(3)"
    assert filed.due_at > filed.received_at + timedelta(days=27)
    assert filed.state == State.ACKNOWLEDGED and filed.acknowledged_at == filed.received_at
    assert entries(filed) == ["filed"]
    assert Message.objects.get(kind="rights_request_filed").context["number"] == filed.number


def test_california_has_two_days_to_keep(world):
    filed = file(world.cal, Type.KNOW_SPECIFIC)

    assert (filed.regime, filed.jurisdiction, filed.identity_needed) == ("ccpa", "US-CA", "reasonably_high")
    assert filed.clocks["acknowledge"]["unit"] == "business_day"
    assert filed.acknowledge_by < filed.due_at
    assert filed.due_unit == "calendar_day"


def test_who_signed_in_afresh_is_known_and_who_did_not_is_not(world):
    assert file(world.ada).verification_level == Level.SESSION
    assert file(world.ben, is_fresh=False).verification_level == ""


@pytest.mark.parametrize(("is_fresh", "is_open"), [(False, True), (True, False)], ids=["unproved", "proved"])
def test_the_email_says_which_step_is_left(world, is_fresh, is_open):
    file(world.ada, is_fresh=is_fresh)
    deliver_message(message=Message.objects.get(kind="rights_request_filed").id)
    written = mail.outbox[-1]
    assert ("One step is left" in written.body) == is_open
    assert written.subject.startswith("Please confirm") == is_open


def test_the_page_says_what_is_left_instead_of_arrived(world):
    filed = file(world.ben, is_fresh=False)
    page = signed_in(world.ben.user).get(f"/rights/requests/{filed.number}/sent/").text
    assert "One step is left" in page and "has arrived" not in page
    assert f"Confirm request {filed.number}</a>" in signed_in(world.ben.user).get("/").text
    done = file(world.ada)
    assert "Your request has arrived" in signed_in(world.ada.user).get(f"/rights/requests/{done.number}/sent/").text


def test_a_right_of_another_law_says_so(world):
    with pytest.raises(NotYourLaw, match="law of California"):
        file(world.ada, Type.KNOW_SPECIFIC)


def test_what_still_waits_for_a_proof_is_not_said_to_be_worked_on(world):
    file(world.ben, is_fresh=False)
    with pytest.raises(AlreadyAsked, match="we have not answered yet"):
        file(world.ben, is_fresh=False)


def test_another_value_to_correct_is_another_request_and_the_same_is_not(world):
    first = file_correction(world.ada)
    assert file_correction(world.ada, proposals=[PHONE | {"right": "555-0111"}]) != first
    with pytest.raises(AlreadyAsked, match=first.number):
        file_correction(world.ada)


def test_another_time_to_tell_of_is_another_request_and_the_same_is_not(world):
    first = file(world.ada, scope_from=date(2026, 1, 1), scope_until=date(2026, 3, 31))
    assert file(world.ada, scope_from=date(2026, 4, 1)) != first
    with pytest.raises(AlreadyAsked, match=rf"on {first.received_at.day}\s\w+ 20\d\d"):
        file(world.ada, scope_from=date(2026, 1, 1), scope_until=date(2026, 3, 31))


def test_who_gets_a_mail_has_been_told_that_it_arrived(world):
    """Nobody we know, typed in from a letter: with an address on it, and without."""
    told = filing.file_rights_request(
        new_request=NewRequest(
            Type.ACCESS, Channel.POST, jurisdiction="IE", said={"email": "eve@example.com"}, language="en"
        ),
        by=by_staff(world.sam),
        member=world.sam,
    )
    untold = filing.file_rights_request(
        new_request=NewRequest(Type.ACCESS, Channel.POST, jurisdiction="IE", said={"name": "Eve"}, language="en"),
        by=by_staff(world.sam),
        member=world.sam,
    )
    assert told.acknowledged_at and told.state == State.ACKNOWLEDGED
    assert untold.acknowledged_at is None and untold.state == State.RECEIVED


def test_whose_address_takes_no_mail_has_not_been_told(world):
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")

    filed = filing.file_rights_request(
        new_request=NewRequest(Type.ACCESS, Channel.POST, world.ada.customer.pk),
        by=by_staff(world.sam),
        member=world.sam,
    )

    assert filed.acknowledged_at is None and filed.state == State.RECEIVED


def test_the_same_right_twice_at_once_names_the_first(world):
    filed = file(world.ada)
    with pytest.raises(AlreadyAsked, match=filed.number):
        file(world.ada)


def test_who_types_it_in_learns_neither_number_nor_day_of_an_open_one(world):
    filed = file(world.ada)
    with pytest.raises(IsOpenAlready) as refused:
        type_in(world)
    assert filed.number not in str(refused.value) and str(filed.received_at.year) not in str(refused.value)


def test_nobody_allows_a_sale_again_in_the_customers_place(world):
    with pytest.raises(OnlyTheirYes):
        file_as_stranger(Type.OPT_IN, jurisdiction="US-CA")
    for channel in (Channel.PHONE, Channel.POST, Channel.AGENT):
        with pytest.raises(OnlyTheirYes):
            type_in(world, Type.OPT_IN, world.cal.customer, channel=channel)
    assert not RightsRequest.objects.exists()


def test_it_is_done_only_where_a_yes_stands(world):
    sale, asked = make_sale(world), file(world.cal, Type.OPT_IN)
    with pytest.raises(NotAllowedAgain):
        answer(world, asked)

    give_consent(customer=world.cal.customer.pk, purpose="sell", version=sale.pk, by=world.cal.actor)

    assert answer(world, asked).outcome == "complied_whole"


def test_a_withdrawal_is_done_when_it_is_filed(world):
    offers = make_offers(world)
    give_consent(customer=world.ada.customer.pk, purpose="offers", version=offers.pk, by=world.ada.actor)

    filed = file(world.ada, Type.WITHDRAWAL, scope=("offers",))

    assert Choice.objects.get(purpose__code="offers").status == Status.WITHDRAWN
    assert (filed.state, filed.outcome) == (State.ANSWERED, Outcome.COMPLIED_WHOLE)
    assert filed.retain_until >= date.today() + timedelta(days=729)


def test_staff_type_in_a_withdrawal_and_the_portal_carries_it_out(world):
    offers = make_offers(world)
    give_consent(customer=world.ada.customer.pk, purpose="offers", version=offers.pk, by=world.ada.actor)

    type_in(world, Type.WITHDRAWAL)

    assert Choice.objects.get(purpose__code="offers").status == Status.WITHDRAWN


def test_an_opt_out_is_done_and_counted_once(world):
    make_sale(world)

    filed = file(world.cal, Type.OPT_OUT)

    assert Choice.objects.get(customer=world.cal.customer).status == Status.REFUSED
    assert RightsRequest.objects.get() == filed and filed.identity_needed == Level.NOT_REQUIRED


def test_a_browsers_signal_is_a_request_of_a_californian(world):
    make_sale(world)
    for person in (world.cal, world.ada):
        opt_out_of_sale(customer=person.customer.pk, by=person.actor, how=ActContext(SIGNAL, signal=True))

    kept = RightsRequest.objects.get()
    assert (kept.customer, kept.channel, kept.outcome) == (world.cal.customer, "gpc_signal", "complied_whole")
    assert entries(kept) == ["filed"]


def kept(person) -> list[tuple[str, str, list[str], str]]:
    rows = RightsRequest.objects.filter(customer=person.customer).order_by("filed_at")
    assert all(row.state == State.ANSWERED and entries(row) == ["filed"] for row in rows)
    return [(row.request_type, row.channel, row.scope, row.outcome) for row in rows]


def test_a_withdrawal_on_their_own_pages_is_a_request_once(world):
    offers, support = make_offers(world), world.version
    mine = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    for version in (offers, support):
        give_consent(**mine, purpose=version.purpose.code, version=version.pk)

    for _again in range(2):
        withdraw_consent(**mine, purpose="offers")
    assert kept(world.ada) == [("A7-3", "portal", ["offers"], "complied_whole")]

    give_consent(**mine, purpose="offers", version=offers.pk)
    for _again in range(2):
        withdraw_all_consents(**mine)
    assert kept(world.ada)[1:] == [("A7-3", "portal", ["offers", "support"], "complied_whole")]


def test_no_is_no_withdrawal_where_nothing_was_agreed_to(world):
    make_offers(world)
    withdraw_consent(customer=world.ada.customer.pk, purpose="offers", by=world.ada.actor)
    assert kept(world.ada) == []


def test_what_came_in_as_a_request_is_not_filed_twice(world):
    offers = make_offers(world)
    mine = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    give_consent(**mine, purpose="offers", version=offers.pk)
    file(world.ada, Type.WITHDRAWAL, scope=("offers",))
    give_consent(**mine, purpose="offers", version=offers.pk)
    type_in(world, Type.WITHDRAWAL)
    assert [row[:2] for row in kept(world.ada)] == [("A7-3", "portal"), ("A7-3", "phone")]


def test_a_sale_allowed_again_is_a_request_of_a_californian(world):
    sale = make_sale(world)
    for person in (world.cal, world.ada):
        mine = {"customer": person.customer.pk, "by": person.actor}
        give_consent(**mine, purpose="sell", version=sale.pk)
        opt_out_of_sale(**mine, how=ActContext(OPT_OUT_PAGE))
        for _again in range(2):
            give_consent(**mine, purpose="sell", version=sale.pk, confirmed=True)

    assert [row[:2] for row in kept(world.cal)] == [("sale:opt_out", "portal"), ("sale:opt_in", "portal")]
    assert [row[:2] for row in kept(world.ada)] == [("A7-3", "portal")]


def test_staff_type_in_when_it_truly_arrived(real_world):
    make_record_older(real_world.ada.customer, datetime(2025, 1, 1, tzinfo=UTC))
    filed = type_in(real_world, channel=Channel.POST, received_at=datetime(2026, 1, 31, 12, tzinfo=UTC))

    assert filed.due_at == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    assert filed.clocks["answer"]["inputs"]["received_on"] == "2026-01-31"
    assert filed.filed_at > filed.received_at and filed.is_late_at(now())


@pytest.mark.parametrize(
    ("type", "received"), [(Type.KNOW_SPECIFIC, date(2026, 9, 20)), (Type.OPT_OUT, date(2026, 10, 16))]
)
def test_the_last_day_ends_when_it_ends_there_also_where_clocks_went_back(world, with_cal, settings, type, received):
    """On 1 November 2026 a day had 25 hours in Los Angeles: who asked in the first of its day asked in vain."""
    settings.TIME_ZONE = "America/Los_Angeles"
    home = ZoneInfo(settings.TIME_ZONE)
    make_record_older(world.cal.customer, datetime(2025, 1, 1, tzinfo=UTC))
    asked_at = datetime.combine(received, time(0, 1), home)

    filed = type_in(world, type, world.cal.customer, received_at=asked_at)

    days = {Type.KNOW_SPECIFIC: 45, Type.OPT_OUT: 21}[type]
    assert filed.due_at == datetime.combine(received + timedelta(days), time(23, 59, 59), home)


@pytest.mark.parametrize("moved", [timedelta(minutes=1), timedelta(days=-400)], ids=str)
def test_nothing_arrives_in_the_future_or_before_its_customer(world, moved):
    with pytest.raises(BadReceipt):
        type_in(world, received_at=now() + moved)


@pytest.mark.parametrize(
    ("jurisdiction", "began"), [("DE", date(2018, 5, 25)), ("GB", date(2018, 5, 25)), ("US-CA", date(2020, 1, 1))]
)
def test_nobody_asked_by_a_law_before_it_held(world, jurisdiction, began):
    """Of somebody nobody knows there is no earlier day to compare with: a mistyped year is seen by its law."""
    on = datetime.combine(began, time(12), UTC)
    asked = {"channel": Channel.POST, "customer": None, "jurisdiction": jurisdiction}
    type = Type.DELETION if jurisdiction == "US-CA" else Type.ACCESS
    with pytest.raises(BeforeItsLaw, match=f"began on {began.day} "):
        type_in_unknown(world, type, asked, received_at=on - timedelta(days=1))

    assert type_in_unknown(world, type, asked, received_at=on).received_at == on


def type_in_unknown(world, type, asked, *, received_at):
    new_request = NewRequest(type, received_at=received_at, **asked)
    return filing.file_rights_request(new_request=new_request, by=by_staff(world.sam), member=world.sam)


def test_only_staff_type_in(world):
    with pytest.raises(NotStaff):
        filing.file_rights_request(new_request=NewRequest(Type.ACCESS, Channel.PHONE, world.ada.customer.pk), by=PORTAL)


def test_who_asks_for_another_shows_why_they_may(world):
    with pytest.raises(NeedsProof):
        type_in(world, submitted_by=SubmittedBy.AGENT, proof=" ")
    assert type_in(world, submitted_by=SubmittedBy.AGENT, proof="DOC-7").agent_proof == "DOC-7"


def test_what_is_chosen_is_in_the_catalogue(world):
    with pytest.raises(NotOfThisScope):
        file(world.ada, scope=("shoes",))
    assert file(world.ada, scope=("orders", "contact")).scope == ["contact", "orders"]


def test_a_stranger_is_nobodys_customer_and_gets_their_mail(world):
    filed = file_as_stranger(jurisdiction="GB")

    assert filed.customer is None and filed.regime == Regime.UK_GDPR and filed.verification_level == ""
    assert words.open_statement(filed, Statement.Kind.ASKED)["email"] == "ada@example.com"
    assert b"ada@" not in bytes(Statement.objects.get().sealed)
    assert Message.objects.get(kind="rights_request").sealed


def test_a_strangers_form_counts_once(world):
    token = uuid4()
    assert file_as_stranger(token=token) == file_as_stranger(token=token)


def test_a_country_without_a_calendar_promises_no_day(world, settings):
    settings.PORTAL_COUNTRY = "ZZ"
    with pytest.raises(NoCalendar):
        file(world.ada)


def test_an_erased_customer_is_forgotten_and_the_request_stays(real_world):
    world = real_world
    filed = file(world.ada, said={"words": "All of it, please."})
    assert words.open_statement(filed, Statement.Kind.ASKED) == {"words": "All of it, please."}

    erase(world)

    assert not Statement.objects.exists()
    assert RightsRequest.objects.get().customer == world.ada.customer


SPELLINGS = {
    "as it is": str,
    "small": str.lower,
    "with spaces": lambda number: f" {number.replace('-', ' ')} ",
    "in one": lambda number: number.replace("-", ""),
    "without its prefix": lambda number: number[3:],
}


@pytest.mark.parametrize("number", ["RQ-7K2M-93QX", "RQ-RQ2M-93RQ"])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_number_is_the_same_however_it_is_typed(number, spell):
    assert normalize_number(spell(number)) == number
