"""Where a request and our record name different places, an officer says which counts, and the law follows."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from consents.core import clock
from consents.exports.rules import Dataset
from consents.law.identity import Level
from consents.law.kinds import NotYourLaw, Regime, Type
from consents.law.reasons import Extension
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.rights.models import LawChoice, RightsRequest
from consents.rights.refusals import BeforeItsLaw, NoSuchRight, PlaceDiffers, PlacesDiffer
from consents.rights.rules import Channel, NewRequest, Outcome, PlaceChoice, PlaceReason, State, SubmittedBy
from consents.rights.services import filing, handling
from tests.rights.officer_pages import fresh, press, text
from tests.rights.racing import at_once
from tests.world.cast import signed_in
from tests.world.exports import days_around_now, exported
from tests.world.rights_requests import (
    ask_back,
    by_staff,
    confirm,
    entries,
    file_as_stranger,
    note_reply,
    type_in,
)

CALIFORNIA, BRITAIN = "US-CA", "GB"
AT_RECORD = PlaceChoice(BRITAIN, PlaceReason.TOLD, Type.ERASURE)
SPECIFIC = PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.KNOW_SPECIFIC)
AT_REQUEST = PlaceChoice(CALIFORNIA, PlaceReason.DOCUMENT)


@pytest.fixture
def briton(world) -> SimpleNamespace:
    customer = customer_records.open_customer_record(
        reference="C-1004", email="bea@example.com", country=BRITAIN, by=PORTAL
    )
    return SimpleNamespace(customer=customer)


@pytest.fixture
def californian(world) -> Customer:
    return customer_records.open_customer_record(reference="C-1005", country="US", region="CA", by=PORTAL)


def match(world, request, customer, place=None) -> RightsRequest:
    terms = {"officer": world.pia, "by": by_staff(world.pia), "place": place}
    return handling.match_to_customer(rights_request=request.pk, customer=customer.pk, **terms)


def chosen_entries(request) -> list[Entry]:
    return list(Entry.objects.filter(object=str(request.pk), event="rights_request.law_chosen"))


def test_no_law_is_applied_where_the_places_differ_and_nobody_chose(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    with pytest.raises(PlacesDiffer):
        confirm(world, request, briton.customer)

    assert (fresh(request).customer, fresh(request).verified_at) == (None, None)


def test_under_the_law_of_the_record_right_and_clocks_are_others(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
    was_due = request.due_at

    done = fresh(confirm(world, request, briton.customer, place=AT_RECORD))

    assert (done.regime, done.jurisdiction, done.request_type) == (Regime.UK_GDPR, BRITAIN, Type.ERASURE)
    assert (done.due_unit, done.calendar_id) == ("month", "GB")
    assert done.due_at < was_due and done.answer_by == done.due_at == done.register.due_at
    assert (done.customer_id, done.verification_level) == (briton.customer.pk, Level.REASONABLE)
    choice = LawChoice.objects.get()
    assert (choice.filed_regime, choice.filed_jurisdiction, choice.filed_type) == ("ccpa", CALIFORNIA, "deletion")
    assert (choice.filed_due_at, choice.reason, choice.customer_id) == (was_due, "told", briton.customer.pk)
    assert entries(request)[-2:] == ["law_chosen", "identity_confirmed"]
    (entry,) = chosen_entries(request)
    assert (entry.outcome, entry.facts["regime"], entry.facts["was_regime"]) == ("changed", "uk_gdpr", "ccpa")


def test_the_customer_is_told_of_another_law(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    confirm(world, request, briton.customer, place=AT_RECORD)

    assert Message.objects.filter(kind="rights_request_law_chosen", customer=briton.customer).count() == 1


def test_under_the_law_of_the_request_nothing_changes_but_the_choice_is_on_record(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    done = fresh(confirm(world, request, briton.customer, place=AT_REQUEST))

    assert (done.regime, done.request_type, done.due_at) == (Regime.CCPA, Type.DELETION, request.due_at)
    assert chosen_entries(request)[0].outcome == "kept"
    assert not Message.objects.filter(kind="rights_request_law_chosen").exists()


def test_a_second_attempt_changes_nothing(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
    confirm(world, request, briton.customer, place=AT_RECORD)

    again = confirm(world, request, briton.customer, place=AT_REQUEST)

    assert (again.regime, LawChoice.objects.count(), len(chosen_entries(request))) == (Regime.UK_GDPR, 1, 1)


def test_a_right_that_the_law_does_not_have_is_named_with_the_nearest(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    with pytest.raises(NoSuchRight) as refusal:
        confirm(world, request, briton.customer, place=PlaceChoice(BRITAIN, PlaceReason.TOLD))

    assert str(Type.DELETION.label) in str(refusal.value) and str(Type.ERASURE.label) in str(refusal.value)
    assert (fresh(request).customer, LawChoice.objects.count(), chosen_entries(request)) == (None, 0, [])


@pytest.mark.parametrize("place", ["IE", "", "Mars"])
def test_a_place_that_neither_names_is_no_choice(world, briton, place):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    with pytest.raises(PlacesDiffer):
        confirm(world, request, briton.customer, place=PlaceChoice(place, PlaceReason.TOLD, Type.ERASURE))


def test_a_right_that_begins_later_is_refused(world, californian, machines_later):
    request = file_as_stranger(Type.AUTOMATED, jurisdiction=BRITAIN)

    with pytest.raises(NotYourLaw):
        confirm(world, request, californian, place=PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.ADMT_OPT_OUT))


def test_an_opt_out_without_identity_becomes_an_objection(world, briton):
    request = file_as_stranger(Type.OPT_OUT, jurisdiction=CALIFORNIA)
    with pytest.raises(PlacesDiffer):
        match(world, request, briton.customer)

    done = fresh(match(world, request, briton.customer, PlaceChoice(BRITAIN, PlaceReason.KNOWN, Type.OBJECTION)))

    assert (done.request_type, done.state, done.due_unit) == (Type.OBJECTION, State.IN_PROGRESS, "month")


def test_an_opt_out_under_the_law_it_was_made_under_is_carried_out(world, briton):
    request = file_as_stranger(Type.OPT_OUT, jurisdiction=CALIFORNIA)

    done = fresh(match(world, request, briton.customer, AT_REQUEST))

    assert (done.outcome, done.regime) == (Outcome.COMPLIED_WHOLE, Regime.CCPA)


def type_in_unknown(world, type: Type, place: str = CALIFORNIA, **terms) -> RightsRequest:
    new_request = NewRequest(type, Channel.PHONE, jurisdiction=place, **terms)
    return filing.file_rights_request(new_request=new_request, by=by_staff(world.sam), member=world.sam)


def test_a_right_that_asks_who_waits_for_it_once_matched(real_world, later):
    later(timedelta(days=60))  # ADMT begins in 2027
    world, briton = real_world, customer_records.open_customer_record(reference="C-1004", country=BRITAIN, by=PORTAL)
    request = file_as_stranger(Type.ADMT_OPT_OUT, jurisdiction=CALIFORNIA)

    matched = fresh(match(world, request, briton, PlaceChoice(BRITAIN, PlaceReason.TOLD, Type.AUTOMATED)))

    assert (matched.customer_id, matched.identity_needed, matched.verified_at) == (briton.pk, Level.REASONABLE, None)
    assert confirm(world, request).verified_at


def test_a_right_that_asks_nobody_is_matched_by_the_check(real_world, later):
    later(timedelta(days=60))
    customer = customer_records.open_customer_record(reference="C-1005", country="US", region="CA", by=PORTAL)
    request = file_as_stranger(Type.AUTOMATED, jurisdiction=BRITAIN)

    confirm(real_world, request, customer, place=PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.ADMT_OPT_OUT))

    assert (fresh(request).regime, entries(request)[-1]) == (Regime.CCPA, "matched")


def test_of_two_officers_at_once_the_first_chooses(real_world):
    briton = customer_records.open_customer_record(reference="C-1004", country=BRITAIN, by=PORTAL)
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
    locked = SimpleNamespace(ada=SimpleNamespace(customer=briton))

    told = at_once(
        locked,
        lambda: confirm(real_world, request, briton, place=AT_RECORD),
        lambda: confirm(real_world, request, briton, place=AT_REQUEST),
    )

    assert told == [] and LawChoice.objects.get().jurisdiction == fresh(request).jurisdiction == BRITAIN


def test_requests_typed_in_or_made_by_others_are_compared_too(world, briton):
    agent = {"submitted_by": SubmittedBy.AGENT, "proof": "permission of 3 May"}
    for request in (
        type_in_unknown(world, Type.DELETION),
        type_in_unknown(world, Type.KNOW_SPECIFIC, **agent),
        file_as_stranger(Type.CORRECTION, jurisdiction=CALIFORNIA, **agent),
    ):
        with pytest.raises(PlacesDiffer):
            confirm(world, request, briton.customer)


def test_typed_in_for_somebody_known_no_other_place_is_taken(world, briton):
    with pytest.raises(PlaceDiffers):
        type_in(world, Type.ERASURE, customer=briton.customer, jurisdiction=CALIFORNIA)

    assert type_in(world, Type.ERASURE, customer=briton.customer, jurisdiction=BRITAIN).regime == Regime.UK_GDPR


def test_a_record_without_a_place_leaves_the_law_of_the_request(world):
    unknown = customer_records.open_customer_record(reference="C-1006", by=PORTAL)
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

    assert confirm(world, request, unknown).regime == Regime.CCPA
    assert not LawChoice.objects.exists()


def test_a_clock_that_waited_goes_on_without_days_that_the_law_does_not_give(world, later):
    customer = customer_records.open_customer_record(reference="C-1007", country="US", region="CA", by=PORTAL)
    request = file_as_stranger(Type.ERASURE, jurisdiction=BRITAIN)
    ask_back(world, request, "identity")
    later(timedelta(days=5))

    done = fresh(confirm(world, request, customer, place=PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.DELETION)))

    assert (done.regime, done.waiting_since, done.waited_days) == (Regime.CCPA, None, 0)
    assert done.answer_by == done.due_at and (done.due_at - request.received_at).days in (45, 46, 47, 48)


def test_an_extension_counts_no_days_that_its_law_does_not_give(world, californian, later):
    request = file_as_stranger(Type.ERASURE, jurisdiction=BRITAIN)
    ask_back(world, request)
    later(timedelta(days=7))
    note_reply(world, request, clock.now().date())
    confirm(world, request, californian, place=PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.DELETION))

    told = {"officer": world.pia, "by": by_staff(world.pia), "told_on": clock.now().date()}
    handling.extend_deadline(rights_request=request.pk, reason=Extension.COMPLEX, **told)

    longer = fresh(request).register.clocks["extended"]
    assert fresh(request).waited_days and longer["inputs"]["waited"] == 0
    assert (date.fromisoformat(longer["on"]) - request.received_at.date()).days in (90, 91)


def test_an_extension_is_computed_anew_too(world, briton):
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
    handling.extend_deadline(
        rights_request=request.pk, reason=Extension.COMPLEX, officer=world.pia, by=by_staff(world.pia)
    )
    assert fresh(request).register.clocks["extended"]["unit"] == "calendar_day"

    done = fresh(confirm(world, request, briton.customer, place=AT_RECORD))

    assert done.extended_to == done.answer_by  # in some seasons the same day
    assert done.register.clocks["extended"]["unit"] == "month"


def test_an_extension_that_the_other_law_does_not_know_is_over(world, californian):
    request = file_as_stranger(Type.OBJECTION, jurisdiction=BRITAIN)
    handling.extend_deadline(
        rights_request=request.pk, reason=Extension.COMPLEX, officer=world.pia, by=by_staff(world.pia)
    )

    done = fresh(match(world, request, californian, PlaceChoice(CALIFORNIA, PlaceReason.TOLD, Type.OPT_OUT)))

    assert (done.regime, done.extended_to, done.answer_by) == (Regime.CCPA, None, done.due_at)


def test_a_right_that_asks_more_surely_who_is_answered_with_kinds(world, californian):
    request = file_as_stranger(Type.ACCESS, jurisdiction=BRITAIN)

    done = fresh(confirm(world, request, californian, place=SPECIFIC))

    assert (done.identity_needed, done.verification_level) == (Level.REASONABLY_HIGH, Level.REASONABLE)
    assert done.gets_kinds_instead and entries(request)[-2:] == ["law_chosen", "identity_confirmed"]


def test_no_law_is_applied_to_what_arrived_before_it(world, californian):
    request = type_in_unknown(world, Type.ACCESS, place=BRITAIN, received_at=datetime(2019, 12, 31, tzinfo=UTC))

    with pytest.raises(BeforeItsLaw):
        confirm(world, request, californian, place=SPECIFIC)
    assert (fresh(request).customer, entries(request)) == (None, ["filed"])


def test_metrics_and_register_count_it_under_the_law_chosen(real_world):
    briton = customer_records.open_customer_record(
        reference="C-1004", email="bea@example.com", country=BRITAIN, by=PORTAL
    )
    request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
    confirm(real_world, request, briton, place=AT_RECORD)

    (row,) = exported(real_world, dataset=Dataset.REQUESTS, period=days_around_now())
    counted = exported(real_world, dataset=Dataset.METRICS, period=days_around_now())

    assert (row["regime"], row["jurisdiction"], row["request_type"]) == ("uk_gdpr", BRITAIN, "A17")
    assert not [line for line in counted if line["request_type"] == "deletion" and line["received"] != "0"]


class TestPages:
    def test_an_officer_sees_both_places_and_chooses(self, world, briton):
        pia = signed_in(world.pia.user)
        request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
        facts = {"who": "C-1004", "facts": ["reference", "birth"]}

        differing = press(pia, request, "confirm_identity", **facts)

        assert differing.status_code == 422
        page = text(differing)
        assert "California" in page and "United Kingdom" in page and 'name="place"' in page
        chosen = {"place": BRITAIN, "record_place": BRITAIN, "place_reason": "told", "right": "A17"}
        press(pia, request, "confirm_identity", **facts, **chosen)
        assert (fresh(request).regime, fresh(request).customer_id) == (Regime.UK_GDPR, briton.customer.pk)

    def test_the_page_says_what_is_missing(self, world, briton):
        pia = signed_in(world.pia.user)
        request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)
        sent = {"who": "C-1004", "facts": ["reference", "birth"], "record_place": BRITAIN}

        for chosen in (
            {},
            {"place": BRITAIN, "place_reason": "told", "right": "deletion"},
            {"place": "DE", "place_reason": "told", "right": "A17"},
            {"place": BRITAIN, "right": "A17"},
        ):
            assert press(pia, request, "confirm_identity", **sent, **chosen).status_code == 422
        assert fresh(request).customer is None


class TestDatabase:
    def test_it_refuses_a_match_without_a_choice(self, world, briton):
        request = file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA)

        with pytest.raises(IntegrityError, match="another place"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [briton.customer.pk, request.pk]
            )

    def test_it_refuses_another_law_afterwards(self, world, briton):
        request = confirm(
            world, file_as_stranger(Type.DELETION, jurisdiction=CALIFORNIA), briton.customer, place=AT_RECORD
        )

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rights_rightsrequest SET regime = 'gdpr', jurisdiction = 'IE' WHERE id = %s", [request.pk]
            )
