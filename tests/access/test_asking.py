"""The limits of asking (consents/DESIGN.md, rules 5 to 7)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

from consents.access import rules
from consents.access.models import AccessRequest, Grant
from consents.access.rules import RequestState
from consents.access.services import asking, ending
from consents.access.services.asking import AccessAlreadyRunning, PurposeNotAskable, SecondReasonMissing
from consents.access.services.enquiring import check_waits
from consents.choices.services import withdrawing
from consents.core.refusals import Unknown
from consents.ledger.rules import Actor
from consents.people.services import staff_members
from tests.world.cast import answer, ask, make_purpose, make_recipient, put_on_list

STAFF = Actor("staff", "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11")


def test_the_same_request_waits_for_the_first_answer_whoever_files_it(world):
    ask(world, "orders")

    with pytest.raises(rules.AlreadyAsked):
        ask(world, "orders", "contact", member=world.kim)


def test_another_category_is_another_ask(world):
    ask(world, "orders")

    assert ask(world, "contact", member=world.kim).state == RequestState.PENDING


@pytest.mark.parametrize(("days", "refused"), [(29, True), (31, False)])
def test_after_a_no_the_same_ask_rests_30_days(real_world, later, days, refused):
    answer(real_world, ask(real_world, "orders"), "none")
    later(timedelta(days=days))

    assert is_refused(real_world, "orders") is refused


@pytest.mark.parametrize(("days", "refused"), [(13, True), (15, False)])
def test_after_silence_it_rests_7_days_from_the_answer_by_moment(real_world, later, days, refused):
    ask(real_world, "orders")
    later(timedelta(days=days))

    assert is_refused(real_world, "orders") is refused


def is_refused(world, code) -> bool:
    try:
        ask(world, code, member=world.kim)
    except rules.MustWait:
        return True
    return False


def test_after_a_stop_it_rests_too(world):
    request = answer(world, ask(world, "orders"))
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    with pytest.raises(rules.MustWait):
        ask(world, "orders")


def test_running_access_is_not_asked_for_again(world):
    answer(world, ask(world, "orders"))

    with pytest.raises(AccessAlreadyRunning):
        ask(world, "orders")


def test_a_customer_gets_at_most_three_unanswered(world, settings):
    settings.PORTAL_PENDING_PER_CUSTOMER = 1
    ask(world, "orders")

    with pytest.raises(rules.TooManyPendingForCustomer):
        ask(world, "contact", member=world.kim)


def test_staff_have_at_most_twenty_unanswered(world, settings):
    settings.PORTAL_PENDING_PER_STAFF = 1
    ask(world, "orders")

    with pytest.raises(rules.TooManyPendingForStaff):
        ask(world, "orders", customer=world.ben)


def test_filing_twice_with_one_token_files_once(world):
    token = uuid4()

    assert ask(world, "orders", token=token) == ask(world, "orders", token=token)


def test_sensitive_data_needs_a_second_reason(world):
    with pytest.raises(SecondReasonMissing):
        ask(world, "health", sensitive_reason=" ")


@pytest.mark.parametrize(
    "terms",
    [
        {"duration": timedelta(days=31)},
        {"duration": timedelta(0)},
        {"answer_within": timedelta(minutes=59)},
        {"answer_within": timedelta(days=31)},
    ],
)
def test_terms_stay_within_the_limits(world, terms):
    with pytest.raises(rules.BadTerms):
        ask(world, "orders", **terms)


@pytest.mark.parametrize("categories", [frozenset(), frozenset([999])])
def test_only_categories_of_the_purpose_can_be_asked_for(world, categories):
    with pytest.raises(PurposeNotAskable):
        ask(world, "orders", categories=categories)


def test_nobody_files_and_cancels_without_end(real_world, later):
    """Each filed request is an email."""
    world = real_world
    for _ in range(rules.MOST_CANCELLED):
        filed = ask(world)
        asking.cancel_access_request(access_request=filed.pk, member=world.sam, by=STAFF)

    with pytest.raises(rules.TooManyCancelled):
        ask(world)
    assert ask(world, member=world.kim).state == "pending"
    later(timedelta(days=1, minutes=1))
    asking.cancel_access_request(
        access_request=AccessRequest.objects.get(staff=world.kim.user).pk, member=world.kim, by=STAFF
    )
    assert ask(world).state == "pending"


def test_cancelling_is_for_the_one_who_asked(world):
    request = ask(world, "orders")

    with pytest.raises(Unknown):
        asking.cancel_access_request(access_request=request.pk, member=world.kim, by=STAFF)
    assert (
        asking.cancel_access_request(access_request=request.pk, member=world.sam, by=STAFF).state
        == RequestState.CANCELLED
    )
    with pytest.raises(rules.AlreadyEnded):
        asking.cancel_access_request(access_request=request.pk, member=world.sam, by=STAFF)


def test_withdrawing_the_purpose_ends_grants_and_requests_in_the_same_act(world):
    running, waiting = answer(world, ask(world, "orders")), ask(world, "contact")

    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)

    waiting.refresh_from_db()
    assert waiting.state == RequestState.DENIED
    assert set(running.grants.values_list("end", flat=True)) == {"withdrawn"}


def test_ending_a_membership_ends_what_they_asked_for(world):
    running, waiting = answer(world, ask(world, "orders")), ask(world, "contact")

    staff_members.end_staff_membership(member=world.sam, by=Actor("staff", str(world.pia.pk)))

    waiting.refresh_from_db()
    assert waiting.state == RequestState.CANCELLED
    assert set(running.grants.values_list("end", flat=True)) == {"company"}


def test_an_unanswered_request_is_a_no_with_the_worker_dead(real_world, later):
    request = ask(real_world, "orders")
    later(timedelta(days=7, seconds=1))

    with pytest.raises(rules.AlreadyEnded):
        answer(real_world, request)
    request.refresh_from_db()
    assert (request.state, Grant.objects.count()) == (RequestState.PENDING, 0)

    assert ending.expire_due_requests() == 1
    request.refresh_from_db()
    assert (request.state, request.ended_at) == (RequestState.EXPIRED, request.answer_by)
    assert ending.expire_due_requests() == 0


def test_a_grant_whose_time_is_over_is_recorded_once(real_world, later):
    request = answer(real_world, ask(real_world, "orders"))
    later(timedelta(hours=3))

    assert ending.end_due_grants() == 1
    assert ending.end_due_grants() == 0
    grant = request.grants.get()
    assert (grant.end, grant.ended_at) == ("time", grant.ends_at)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE access_accessrequest SET sentence = 'changed'",
        "UPDATE access_accessrequest SET answer_by = answer_by + interval '1 day'",
        "DELETE FROM access_accessrequest",
        "DELETE FROM access_requestedcategory",
        "UPDATE access_answer SET decision = 'all'",
        "UPDATE access_grant SET ends_at = ends_at + interval '1 day'",
        "UPDATE access_grant SET ended_at = NULL, \"end\" = ''",
        "DELETE FROM access_grant",
        "TRUNCATE access_answer",
    ],
)
def test_what_was_filed_and_answered_never_changes(world, change):
    request = answer(world, ask(world, "orders"))
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_request_ends_once_even_in_raw_sql(world):
    answer(world, ask(world, "orders"), "none")

    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE access_accessrequest SET state = 'approved'")
    assert AccessRequest.objects.get().state == RequestState.DENIED


def test_two_live_grants_never_overlap(world):
    grant = answer(world, ask(world, "orders")).grants.get()
    other = ask(world, "contact")

    with pytest.raises(Error), transaction.atomic():
        Grant.objects.create(
            access_request=other,
            staff_id=grant.staff_id,
            customer_id=grant.customer_id,
            category_id=grant.category_id,
            purpose_id=grant.purpose_id,
            starts_at=grant.starts_at + timedelta(minutes=1),
            ends_at=grant.ends_at,
        )


def test_only_what_waits_can_be_answered_or_cancelled(world):
    request = ask(world)
    check_waits(request, request.filed_at)
    for state in set(RequestState) - {RequestState.PENDING}:
        request.state = state
        with pytest.raises(rules.AlreadyEnded):
            check_waits(request, request.filed_at)


def test_a_no_to_the_purpose_itself_rests_too(world):
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)

    with pytest.raises(rules.MustWait):
        ask(world, "orders")


def test_a_californian_opt_out_of_sale_rests_twelve_months(real_world, later):
    world = real_world
    contact, buyer = [world.categories["contact"]], make_recipient("buyer")
    sale = make_purpose("sell", "Sell your address", contact, world.pia.user, recipients=[buyer], sale=True)
    put_on_list(world.ada.customer, country="US", region="CA")
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="sell", by=world.ada.actor)

    later(timedelta(days=360))
    with pytest.raises(rules.MustWait):
        ask(world, "contact", version=sale.pk)
    later(timedelta(days=370))
    assert ask(world, "contact", version=sale.pk)
