"""The limits of asking (consents/DESIGN.md, rules 5 to 7)."""

import re
import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from consents.access import rules
from consents.access.models import AccessRequest, Grant
from consents.access.rules import RequestState
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import asking, blocking, ending
from consents.access.services.asking import AccessAlreadyRunning, PurposeNotAskable, SecondReasonMissing
from consents.access.services.ending import stop_access
from consents.access.services.enquiring import check_waits
from consents.access.staff.admin import AccessRequestAdmin
from consents.choices.services import withdrawing
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.found_customers import FOUND_CUSTOMER_LIFETIME, sign_found_customer, verify_found_customer
from consents.people.services import staff_members
from consents.people.services.holding import OFFICERS
from tests.access.asking_form import LIST, filled, text
from tests.world.cast import answer, ask, make_purpose, make_recipient, put_on_list, signed_in
from tests.world.retirements import retire

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


# Asking again with changes, and finding one's own requests by their case or their customer.

FIND = f"{LIST}find/"


@pytest.fixture
def sam(world) -> Client:
    return signed_in(world.sam.user)


def record(request) -> str:
    return f"{LIST}{request.pk}/change/"


def again(request) -> str:
    return f"{LIST}{request.pk}/again/"


def listed(client: Client, url: str) -> set:
    return {row.pk for row in client.get(url).context["cl"].result_list}


def test_what_was_not_answered_opens_as_a_form_with_what_it_said_and_is_filed_with_changes(world, sam, later):
    request = ask(world, "orders", case_number="C-7", sentence="You wrote to us about a lamp.")
    assert "Ask again with changes" not in text(sam.get(record(request)))
    later(timedelta(days=20))

    page = sam.get(again(request))

    assert "Ask again with changes" in text(sam.get(record(request)))
    form = page.context["form"]
    kept = {name: form[name].value() for name in ("sentence", "case_number", "reason")}
    assert kept == {"sentence": request.sentence, "case_number": "C-7", "reason": request.reason}
    assert form["categories"].value() == [str(world.categories["orders"].pk)]
    found = re.search(r'name="found" value="([^"]+)"', page.text).group(1)
    changed = filled(world, found=found, sentence="You wrote to us about a chair.", case_number="C-7")
    sent = sam.post(f"{LIST}add/", changed)
    assert sent.status_code == 302
    assert AccessRequest.objects.filter(case_number="C-7").count() == 2
    assert not Entry.objects.filter(event="customer.looked_up").exists()


def test_what_waits_after_a_no_is_named_and_not_chosen(world, sam):
    request = answer(world, ask(world, "contact", "orders"), "part", "orders")
    stop_access(access_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    denied = answer(world, ask(world, "health", sensitive_reason="The wrong dose."), "none")

    for waiting in (request, denied):
        page = sam.get(again(waiting))
        assert "said no, stopped access or did not answer. You may ask again in 30 days." in page.text
        assert page.context["form"]["categories"].value() == []


def test_of_a_request_allowed_in_part_the_rest_is_asked_for(world, sam, later):
    request = answer(world, ask(world, "contact", "orders", duration=timedelta(days=1)), "part", "orders")
    page = sam.get(again(request))

    assert page.context["form"]["categories"].value() == [str(world.categories["contact"].pk)]
    assert "Orders: You already have access to some of this data." in text(page)


def test_whoever_was_blocked_reads_so_on_the_request(world, sam):
    request = ask(world, "orders")
    blocking.place_block(customer=world.ada.customer.pk, kind=BlockKind.EVERYBODY, by=world.ada.actor)

    response = sam.get(again(request))

    assert response.url == record(request)
    assert str(BlockedByCustomer.sentence) in text(sam.get(response.url))


def test_nobody_asks_again_in_a_colleagues_place_or_while_the_customer_may_answer(world, sam):
    waiting = ask(world, "orders")

    assert sam.get(again(waiting)).url == record(waiting)
    for colleague in (world.kim, world.pia):
        assert signed_in(colleague.user).get(again(waiting)).status_code == 404
    assert sam.post(again(waiting)).status_code == 405


@pytest.mark.parametrize("typed", ["Q-7", " q-7 "])
def test_own_requests_are_found_by_their_case_without_a_look_up(world, sam, typed):
    known, other = ask(world, "orders", case_number="Q-7"), ask(world, "contact", case_number="Q-8008")

    found = sam.post(FIND, {"who": typed})

    assert typed.strip().lower() not in found.url.lower() and listed(sam, found.url) == {known.pk}
    assert not Entry.objects.filter(event="customer.looked_up").exists()
    kim = signed_in(world.kim.user).post(FIND, {"who": typed})
    assert kim.status_code == 422 and str(other.pk) not in kim.text


@pytest.mark.parametrize("typed", ["C-1001", "ada@example.com"])
def test_own_requests_are_found_by_the_number_or_address_typed_on_record(world, sam, typed):
    own = ask(world, "orders")
    ask(world, "contact", member=world.kim)
    ask(world, "contact", customer=world.ben)

    found = sam.post(FIND, {"who": typed})

    assert typed not in found.url and listed(sam, found.url) == {own.pk}
    assert Entry.objects.filter(event="customer.looked_up", actor=str(world.sam.pk)).count() == 1


@pytest.mark.parametrize("data", [{}, {"who": " "}, {"who": "nobody@example.com"}, {"who": "\0"}, {"who": "x" * 300}])
def test_what_is_not_found_gets_a_sentence(sam, data):
    assert sam.post(FIND, data).status_code == 422


def test_the_case_of_a_colleagues_request_is_told_to_nobody(world, sam):
    own, theirs = ask(world, "orders", case_number="C-7"), ask(world, "contact", member=world.kim, case_number="Q-8008")

    page = sam.get(f"{LIST}?case_of={theirs.pk}")

    assert "Q-8008" not in text(page) and {row.pk for row in page.context["cl"].result_list} == {own.pk}
    assert "Q-8008" in text(signed_in(world.pia.user).get(f"{LIST}?case_of={theirs.pk}"))


def test_a_filter_writes_a_case_as_its_requests_do(world, sam):
    page = text(sam.get(f"{LIST}?case_of={ask(world, 'orders', case_number='c-7').pk}"))

    assert "c-7" in page and "C-7" not in page


def test_a_look_up_counts_for_a_day(world, sam, monkeypatch):
    found = {"found": sign_found_customer(world.ada.customer.pk, world.sam.user), "purpose": ""}
    assert sam.post(f"{LIST}add/", found).status_code == 200
    tomorrow = time.time() + FOUND_CUSTOMER_LIFETIME + 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: tomorrow)

    assert verify_found_customer(found["found"], world.sam.user) is None


@pytest.mark.parametrize("query", ["case_of=odd", f"case_of={UUID(int=1)}", "customer=odd"])
def test_an_odd_address_filters_nothing(world, sam, query):
    request = ask(world, "orders")

    assert listed(sam, f"{LIST}?{query}") == {request.pk}


def test_what_nobody_may_ask_for_any_more_is_not_asked_again(world, sam):
    request = answer(world, ask(world, "orders"), "none")
    retire(world.purpose)

    response = sam.get(again(request))

    assert response.url == record(request)
    assert str(PurposeNotAskable.sentence) in text(sam.get(response.url))


def test_who_may_see_no_requests_finds_none_and_looks_nobody_up(world, sam, monkeypatch):
    monkeypatch.setattr(AccessRequestAdmin, "may_view", OFFICERS)

    assert sam.post(FIND, {"who": "C-1001"}).status_code == 404
    assert not Entry.objects.filter(event="customer.looked_up").exists()
