"""What officers are told and asked before an act, and what the form of it takes: by the state of this request."""

import re

import pytest
from django.db import connection

from consents.core.clock import now
from consents.law.kinds import Regime, Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.rights import rules
from consents.rights.customers import presenting, steps
from consents.rights.fulfilment.protocol import Notices
from consents.rights.models import RightsRequest
from consents.rights.rules import PlaceChoice, PlaceReason, TellingWay, WhyNotCorrected
from consents.rights.services import handling, requester_actions
from consents.rights.staff import answer_forms, forms, questions, words
from consents.rights.staff.pages import list_proposed_values, show_beside
from tests.rights.handling import decide, handle, make_use, proposed
from tests.rights.officer_pages import LIST, fresh
from tests.world.cast import make_recipient, signed_in
from tests.world.choices import make_offers
from tests.world.erasing import erase
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.rights_requests import PHONE, ask_back, by_staff, confirm, file, file_as_stranger, type_in


@pytest.fixture
def unreachable(world) -> RightsRequest:
    """Of somebody on file without an address."""
    return type_in(world, customer=customer_records.open_customer_record(reference="C-7", by=PORTAL))


def test_whether_the_clock_waits_for_a_question(world, later):
    ours, californian = file(world.ada), file(world.cal, Type.CORRECTION)
    assert "the clock stands still until they answer" in answer_forms.describe_question(ours)[1]
    assert "lets no clock wait" in answer_forms.describe_question(californian)[1]

    later(2 * (ours.answer_by - ours.received_at))

    assert "its clock can no longer be stopped" in answer_forms.describe_question(ours)[1]


def test_of_what_the_law_does_not_know_or_nobody_proposed_nothing_is_said(world):
    assert answer_forms.describe_extension(file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")) == []
    assert answer_forms.describe_partial_erasure(file(world.ada, Type.ERASURE)) == []


def test_what_a_withdrawal_leaves_behind(world, unreachable):
    mailed, paused = "They get an email that says so.", "What it had paused stays so until you lift it"
    for request, told in (
        (unreachable, (False, False)),
        (file(world.ada), (True, False)),
        (file(world.ada, Type.RESTRICTION), (True, True)),
    ):
        lines = " ".join(answer_forms.describe_withdrawal(request))
        assert (mailed in lines, paused in lines) == told


def test_whom_the_list_of_recipients_will_name(world):
    stranger, another = (file_as_stranger(Type.RECIPIENTS) for _ in range(2))
    recipients = {"recipients": [make_recipient("carrier").pk], "way": TellingWay.EMAIL}
    handle(world, handling.record_recipient_notices, another, **recipients)

    assert Notices().describe_answering(stranger) == ["Their records name nobody whom we told."]
    assert "whom their records say we told: " in Notices().describe_answering(another)[0]


def test_what_can_be_stopped_is_asked_only_where_anything_can(world):
    assert "purposes" not in steps.list_questions(Type.OBJECTION, None)
    make_use(world)
    assert "purposes" in steps.list_questions(Type.OBJECTION, None)


class TestForms:
    def test_a_day_is_asked_for_where_something_came_or_a_letter_goes(self, world, unreachable):
        waiting = ask_back(world, type_in(world), "identity")
        other = type_in(world, Type.PORTABILITY)
        for form, asked, unasked, field in (
            (forms.IdentityForm, waiting, other, "answered_on"),
            (forms.ErasePartForm, unreachable, other, "told_on"),
            (questions.AskForm, unreachable, other, "told_on"),
        ):
            assert field in form(asked).fields and field not in form(unasked).fields
        assert not forms.ErasePartForm(unreachable).fields["told_on"].required

    def test_one_mistake_gets_one_sentence(self, world):
        request = type_in(world)
        assert questions.AskForm(request, {}).errors == {"about": ["Choose what it is about."]}
        assert forms.CompareForm(request, {}).errors == {"__all__": ["Type at least one thing they said."]}


def test_a_value_that_is_decided_on_is_not_looked_at_again(world):
    request = proposed(world, PHONE)
    decide(world, request, why_not=WhyNotCorrected.ACCURATE)
    (value,) = list_proposed_values(request)
    before = Entry.objects.count()

    assert show_beside(request, value, world.pia, by_staff(world.pia)) is value
    assert Entry.objects.count() == before


class TestStates:
    def test_how_surely_it_is_known_who_asks(self, world):
        failed, less = type_in(world), type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
        failed = handle(world, handling.fail_identity, failed)
        less = confirm(world, less)

        assert presenting.describe_identity(failed) == "We could not confirm who asked"
        assert words.describe_identity_state(failed) == "identity not confirmed"
        assert "not surely enough for the data itself" in words.describe_identity_state(less)

    def test_of_an_erased_customer_nothing_but_the_number_is_left(self, world):
        request, number = file(world.ada), str(world.ada.customer.pk)[:8]
        assert words.describe_whose(request) == number
        request.customer.erased_at = now()
        assert words.describe_whose(request) == f"{number}, erased"

    def test_of_another_law_it_is_said_what_was_asked_and_why_that_law_counts(self, world):
        request = file_as_stranger(Type.DELETION, jurisdiction="US-CA")
        briton = customer_records.open_customer_record(reference="C-8", country="GB", by=PORTAL)
        done = fresh(confirm(world, request, briton, place=PlaceChoice("GB", PlaceReason.TOLD, Type.ERASURE)))
        entry = Entry.objects.get(event="rights_request.law_chosen")

        said = f": United Kingdom, {Regime.UK_GDPR.label}. {PlaceReason.TOLD.label}"
        assert words.describe_entry_detail(entry) == said
        filed = f"{Type.DELETION.label}, {Regime.CCPA.label} (US-CA)"
        assert dict(words.list_request_facts(done))["Filed under"] == filed
        assert "Filed under" not in dict(words.list_request_facts(file(world.ada)))
        entry.details = '{"regime": "uk_gdpr", "reason": "a guess"}'  # as no act of ours writes it
        assert words.describe_entry_detail(entry) == ""


def test_a_purpose_that_has_ended_since_is_still_named(world):
    offers = make_offers(world)
    request = RightsRequest(request_type=Type.WITHDRAWAL, regime=Regime.GDPR, scope=[offers.purpose.code])
    assert presenting.list_scope_names(request) == [offers.name]

    retire(offers.purpose)

    assert presenting.list_scope_names(request) == [offers.name]


def test_a_letter_to_recipients_names_the_purpose_whose_consent_was_withdrawn(world):
    offers = make_offers(world)
    request = file(world.ada, Type.PORTABILITY)
    request.request_type, request.scope = Type.WITHDRAWAL, [offers.purpose.code]

    letter = " ".join(answer_forms.build_notice_letter(request))

    assert f"It is about: {offers.name}." in letter and "all data" not in letter


def test_a_request_that_was_taken_back_was_not_answered_in_time(world):
    request, pia = file(world.ada, Type.PORTABILITY), signed_in(world.pia.user)
    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)

    page = pia.get(f"/admin/rights/rightsrequest/{request.pk}/change/").text

    assert "In time" not in page and "Withdrawn" in page


def test_who_shares_an_account_is_not_told_that_they_took_a_request_back(world):
    request, mia = file(world.ada, Type.PORTABILITY), share_account(world)
    about = {"rights_request": request.pk, "customer": world.ada.customer.pk}
    withdrawn = requester_actions.withdraw_request(**about, by=mia.actor)

    said = presenting.describe_answer(withdrawn)["said"]

    assert said == "The request was taken back. You can ask again at any time."


NOTE = "Max called for his sister Ada."


@pytest.mark.parametrize(
    ("passages", "why", "refusal"),
    [
        ([], "It is about her.", rules.NothingLeftOut),
        (["Ada"] * (rules.MOST_PASSAGES + 1), "It is about her.", rules.TooManyPassages),
        (["Ada", "Eva"], "It is about her.", rules.PassageNotThere),
        (["Ada"], " \n", rules.SayWhyLeftOut),
        (["Ada"], "x" * (rules.LONGEST_WHY + 1), rules.SayWhyLeftOut),
    ],
)
def test_what_is_left_out_of_a_note_stands_in_it_and_has_a_reason(passages, why, refusal):
    rules.check_passages(NOTE, ["Ada"] * rules.MOST_PASSAGES, "x" * rules.LONGEST_WHY)

    with pytest.raises(refusal):
        rules.check_passages(NOTE, passages, why)


def test_a_customer_is_asked_so_often_and_no_more():
    assert rules.check_question(" Which order? ", rules.MOST_QUESTIONS - 1) == "Which order?"

    with pytest.raises(rules.TooManyQuestions):
        rules.check_question("Which order?", rules.MOST_QUESTIONS)


TO_WORK_ON = re.compile(r"<strong>(\d+)</strong> privacy requests? to work on")


def read_figure(client) -> int:
    return int(TO_WORK_ON.search(client.get("/admin/").text)[1])


def test_it_leaves_out_what_waits_for_another_holder_or_for_the_customer(world):
    share_account(world)
    world.ada.acting = world.ada.user.actings.get(customer=world.ada.customer)
    joint, paused, free = file(world.ada), file(world.ben), file_as_stranger()
    ask_back(world, paused)
    pia = signed_in(world.pia.user)

    listed = pia.get(f"{LIST}?state=ours").text

    assert [request.number in listed for request in (joint, paused, free)] == [False, False, True]
    assert read_figure(pia) == 1


@pytest.mark.parametrize("yes_of", ["all", "any"])
def test_it_counts_what_needs_no_other_yes(world, yes_of):
    share_account(world, yes_of=yes_of)
    world.ada.acting = world.ada.user.actings.get(customer=world.ada.customer)
    request, pia = file(world.ada), signed_in(world.pia.user)

    assert read_figure(pia) == (request.number in pia.get(f"{LIST}?state=ours").text) == (yes_of == "any")


def test_what_nobody_can_confirm_any_more_waits_for_an_officer(world):
    request, pia = file(world.ada, Type.OBJECTION, is_fresh=False), signed_in(world.pia.user)
    unconfirmed = file(world.ada, Type.ACCESS, is_fresh=False)
    assert unconfirmed.number not in pia.get(f"{LIST}?state=ours").text
    before = read_figure(pia)
    connection.check_constraints()  # as the commit of the requests does, before what erases their customer

    erase(world)

    listed = pia.get(f"{LIST}?state=ours").text
    assert unconfirmed.number in listed and request.number in listed
    assert unconfirmed.number not in pia.get(f"{LIST}?state=paused").text
    assert read_figure(pia) == before + 1
