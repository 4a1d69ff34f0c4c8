"""The queue for a team: who works on what, one act for many, pages that cost the same at any depth."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.services import staff_members
from consents.rights.models import RightsRequest
from consents.rights.refusals import ColleagueHasIt, NotAmongOfficers
from consents.rights.services import clarifying, handling
from consents.rights.staff import notes
from consents.rights.staff.queue import BY_URGENCY, annotate_urgency
from consents.rights.staff.words import list_request_facts
from tests.bench.counting import queries_of
from tests.forms import forms_on, sent
from tests.plans import explain
from tests.rights.officer_pages import LIST, buttons, first_press, fresh, press, record, text
from tests.world.cast import signed_in
from tests.world.rights_requests import answer, ask_back, by_staff, entries, file, file_as_stranger, search


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


def take(member, request) -> RightsRequest:
    return handling.take_rights_request(rights_request=request.pk, officer=member, by=by_staff(member))


def test_an_officer_takes_what_is_nobodys_with_one_press(world, pia):
    request = file(world.ada)

    page = first_press(pia, request, "take")

    assert page.status_code == 302 and fresh(request).handler_id == world.pia.pk
    (entry,) = Entry.objects.filter(event="rights_request.assigned")
    assert (entry.outcome, entry.facts["officer"]) == ("taken", str(world.pia.pk))
    assert "take" not in buttons(pia, request) and "Officer</dt><dd>Pia" in text(pia.get(record(request)))


def test_an_empty_queue_says_of_what_it_is_empty(world, pia):
    request = file(world.ada)
    search(world, request)
    answer(world, request)

    page = text(pia.get(LIST))
    assert "No privacy request is open." in page and "nothing here" not in page
    assert "Nothing matches what you chose above." in text(pia.get(f"{LIST}?q=RQ-ZZZZ-ZZZZ"))


def test_what_a_colleague_has_is_not_taken_by_the_way(world):
    request = file(world.ada)
    take(world.otto, request)

    with pytest.raises(ColleagueHasIt, match="Otto"):
        take(world.pia, request)
    assert take(world.otto, request).handler_id == world.otto.pk
    assert entries(request).count("assigned") == 1


def test_what_an_open_request_waits_for_is_looked_up_request_by_request(world):
    """Of a page of fifty PostgreSQL would else read first who ever proved who they are, and every account."""
    rows = annotate_urgency(RightsRequest.objects.all()).order_by(*BY_URGENCY)

    # Of a large company nobody reads the tables instead.
    plan = explain(
        rows, ["rights_identitycheck", "people_acting"], without=["indexscan", "indexonlyscan", "bitmapscan"]
    )

    assert "SubPlan" in plan and "hashed SubPlan" not in plan


def test_what_an_officer_had_who_is_none_any_more_is_nobodys(real_world):
    world, pia = real_world, signed_in(real_world.pia.user)
    request = file(world.ada)
    take(world.otto, request)
    asked = ask_back(world, request, officer=world.otto)
    staff_members.end_staff_membership(member=world.otto, by=PORTAL)

    question = {"clarification": asked.clarification_set.get().pk, "text": "All of it."}
    about = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    clarifying.reply_to_question(rights_request=request.pk, **about, **question)

    told = Message.objects.filter(kind="rights_request_replied").values_list("user__email", flat=True)
    assert "pia@example.com" in told and "otto@example.com" not in told
    assert "no longer an officer here" in text(pia.get(LIST))
    assert "no longer an officer here" in text(pia.get(record(request)))
    for address in (f"{LIST}?waits=free", f"{LIST}?officer=nobody"):
        assert request.number in text(pia.get(address))
    assert request.number not in text(pia.get(f"{LIST}?officer=others"))
    other = file(world.ben)
    assert pia.get(f"{LIST}{other.pk}/next/").url.endswith(f"{request.pk}/change/")
    first_press(pia, request, "take")
    assert fresh(request).handler_id == world.pia.pk and "no longer an officer here" not in text(
        pia.get(record(request))
    )


def test_it_is_handed_over_to_a_colleague(world, pia):
    request = file(world.ada)
    take(world.pia, request)

    press(pia, request, "hand_over", to=str(world.otto.pk))

    assert fresh(request).handler_id == world.otto.pk
    assert Entry.objects.filter(event="rights_request.assigned").latest("id").outcome == "handed_over"


def test_a_request_that_an_act_takes_from_a_colleague_is_named_first(world, pia):
    request = file(world.ada)
    take(world.otto, request)
    moves = "Otto Example works on it now."
    assert moves in text(first_press(pia, request, "extend"))
    assert moves in text(pia.get(f"{LIST}bulk/extend/?of={request.pk}"))
    assert moves not in text(first_press(pia, request, "hand_over"))
    assert moves not in text(first_press(signed_in(world.otto.user), request, "extend"))


def test_nobody_gets_it_who_is_no_officer_or_has_left(world, pia):
    request = file(world.ada)
    staff_members.end_staff_membership(member=world.otto, by=by_staff(world.pia))

    page = press(pia, request, "hand_over", to=str(world.otto.pk))

    assert page.status_code == 422 and "Choose an officer who works here." in text(page)
    for nobody in (world.sam, world.otto):
        with pytest.raises(NotAmongOfficers):
            about = {"officer": world.pia, "by": by_staff(world.pia), "to": nobody.pk}
            handling.hand_over_rights_request(rights_request=request.pk, **about)
    assert fresh(request).handler_id is None


def test_rows_tell_requests_apart(world, pia):
    mine, strangers = file(world.ada), file_as_stranger()

    page = text(pia.get(LIST))

    assert f'field-whose">{str(world.ada.customer.pk)[:8]}<' in page and 'field-whose">Not known yet<' in page
    assert mine.number in page and strangers.number in page


def tick(client: Client, act: str, requests):
    """Tick rows in the list and press Go: the page that asks."""
    ticked = {"action": f"all_{act}", "_selected_action": [str(one.pk) for one in requests], "index": "0"}
    return client.get(client.post(LIST, ticked).url)


def do_for_all(client: Client, act: str, requests, **said):
    asked = tick(client, act, requests)
    (form,) = forms_on(asked, "token")
    chosen = {"of": [str(one.pk) for one in requests]}
    return sent(client, form, path=asked.request["PATH_INFO"], **chosen, **said), form, chosen


def test_many_are_taken_at_once_and_those_no_longer_possible_are_named(world, pia):
    free = [file(world.ada, one) for one in (Type.ACCESS, Type.PORTABILITY, Type.RECTIFICATION)]
    colleagues, done = file(world.ben), answer(world, file(world.ben, Type.AUTOMATED))
    take(world.otto, colleagues)

    page, *_form = do_for_all(pia, "take", [*free, colleagues, done])

    left = text(page).partition("Left as they were")[2].partition("Done</h2>")[0]
    assert page.status_code == 200 and "done for 3 requests" in text(page)
    assert {one.number for one in (*free, colleagues, done) if one.number in left} == {colleagues.number, done.number}
    assert "Otto" in left and {fresh(one).handler_id for one in free} == {world.pia.pk}
    assert fresh(colleagues).handler_id == world.otto.pk


def test_only_those_that_allow_it_are_counted_and_nobody_is_asked_for_none(world, pia):
    free, done = file(world.ada), answer(world, file(world.ben, Type.AUTOMATED))

    assert "Take it (1 request)" in text(tick(pia, "take", [free, done]))
    none = tick(pia, "take", [done])
    assert "None of these requests allows this now." in text(none) and not forms_on(none, "of")


@pytest.mark.parametrize("act", ["take", "acknowledge"])
def test_what_was_done_before_is_not_called_done_for_many(world, pia, act):
    request = file(world.ada)
    take(world.pia, request)

    page = pia.post(f"{LIST}bulk/{act}/", {"of": [str(request.pk)], "token": str(uuid4())})

    left = text(page).partition("Left as they were")[2]
    assert "done for 0 requests" in text(page) and request.number in left and "This was done before." in left


def test_a_form_for_many_sent_twice_does_it_once(world, pia):
    requests = [file(world.ada), file(world.ben)]
    page, form, chosen = do_for_all(pia, "extend", requests, reason="complexity")

    again = sent(pia, form, path=f"{LIST}bulk/extend/", **chosen, reason="complexity")

    assert "done for 2 requests" in text(page) and "done for 2 requests" in text(again)
    assert Entry.objects.filter(event="rights_request.extended").count() == 2


def test_what_is_true_of_one_alone_is_said_of_it_alone(world, pia):
    first, second = file(world.ada), file(world.cal, Type.KNOW_SPECIFIC)

    page = text(tick(pia, "extend", [first, second]))
    above, _requests, below = page.partition("The requests</h2>")

    assert "It can be done once." in above and "It can be done once." not in below
    assert "The day to answer moves from" not in above and below.count("The day to answer moves from") == 2


def test_many_are_answered_alike_and_what_asks_for_something_else_is_left(world, pia):
    alike, other = [file(world.ada), file(world.ben)], file(world.ada, Type.PORTABILITY)
    for one in (*alike, other):
        search(world, one)
    said = {"outcome": "no_data_held", "format": "email", "text": "Nothing is held."}

    asked, _form, chosen = do_for_all(pia, "answer", [*alike, other], **said)
    assert "As each customer will read it" in text(asked) and "Nothing is held." in text(asked)
    assert not any(fresh(one).is_answered for one in alike)
    (shown,) = forms_on(asked, "is_read")
    page = sent(pia, shown, path=f"{LIST}bulk/answer/", **chosen)

    assert [fresh(one).outcome for one in alike] == ["no_data_held"] * 2 and not fresh(other).is_answered
    assert "it needs an answer of its own" in text(page) and "done for 2 requests" in text(page)


def test_what_is_typed_for_many_is_not_lost_when_something_is_missing(world, pia):
    request = file(world.ada)
    search(world, request)

    page, *_form = do_for_all(pia, "refuse", [request], text="We looked twice.", format="email")

    assert page.status_code == 422 and "We looked twice." in text(page) and "Choose why" in text(page)


@pytest.mark.parametrize("of", [[], ["x"], ["%00", "00000000-0000-0000-0000-000000000000"]])
def test_no_request_at_all_leads_back_to_the_list(world, pia, of):
    for answered in (pia.get(f"{LIST}bulk/take/", {"of": of}), pia.post(f"{LIST}bulk/take/", {"of": of})):
        assert answered.url == LIST
    assert pia.get(f"{LIST}bulk/erase_part/", {"of": of}).status_code == 404
    assert signed_in(world.sam.user).get(f"{LIST}bulk/take/").status_code == 404


def walk(client: Client, query: str, way: str = "later_url") -> list[list[str]]:
    """The numbers of each page, from the one asked for to the last in that direction."""
    pages = []
    while query is not None:
        found = client.get(f"{LIST}{query}").context["cl"]
        pages.append([row.number for row in found.result_list])
        query = getattr(found, way) or None
    return pages


@pytest.mark.parametrize("order", ["", "sort=newest", "sort=oldest", "state=all"])
def test_pages_follow_each_other_without_gap_or_repeat(world, pia, monkeypatch, order):
    for type in (Type.ACCESS, Type.PORTABILITY, Type.RESTRICTION, Type.AUTOMATED):
        file(world.ada, type)
        file(world.ben, type, is_fresh=False)
    monkeypatch.setattr("consents.copies.staff.admin.RequestWithCopyAdmin.list_per_page", 3)

    whole = [number for page in walk(pia, f"?{order}") for number in page]

    assert len(whole) == len(set(whole)) == RightsRequest.objects.count()
    last = RightsRequest.objects.get(number=whole[-1])
    back = walk(pia, f"?{order}&p=before:{last.pk}", "earlier_url")
    assert [number for page in reversed(back) for number in page] == whole[:-1]


@pytest.mark.parametrize("page", ["2", "after:x", "before:", "after:00000000-0000-0000-0000-000000000000"])
def test_a_page_that_is_none_is_the_first(world, pia, page):
    request = file(world.ada)

    assert request.number in text(pia.get(f"{LIST}?p={page}"))


def test_the_queue_costs_as_many_statements_whatever_waits(world, pia):
    for type in (Type.ACCESS, Type.PORTABILITY):
        file(world.ada, type)
    pia.get(LIST)  # the first page of a session also writes down when it began
    few = queries_of(pia, LIST)

    for number in range(60):
        file_as_stranger(said={"email": f"one{number}@example.com", "name": "One"})
    last = RightsRequest.objects.earliest("received_at")

    assert queries_of(pia, LIST) == few <= 12
    assert queries_of(pia, f"{LIST}?p=after:{last.pk}") <= few + 1


@pytest.mark.parametrize(
    ("address", "order"),
    [("", "Most urgent first"), ("state=all", "Newest first"), ("state=all&sort=oldest", "Oldest first")],
)
def test_the_list_says_in_which_order_it_is(world, address, order):
    shown = signed_in(world.pia.user).get(f"/admin/rights/rightsrequest/?{address}").context["cl"]

    (chosen,) = [spec for spec in shown.filter_specs if spec.title == "order"]
    assert [str(one["display"]) for one in chosen.choices(shown) if one["selected"]] == [order]


# How an officer gets to a request: mine, nobody's, one customer's, the next one.


def listed(client: Client, query: str) -> set[str]:
    return {row.number for row in client.get(f"{LIST}?{query}").context["cl"].result_list}


def test_the_queue_tells_mine_from_nobodys_and_from_a_colleagues(world, pia):
    own, free = file(world.ada), file(world.ben)
    search(world, own)
    otto = signed_in(world.otto.user)

    assert listed(pia, "officer=me") == {own.number} == listed(otto, "officer=others")
    assert listed(pia, "officer=nobody") == {free.number} == listed(otto, "officer=nobody")
    assert listed(pia, "officer=odd") == {own.number, free.number}


@pytest.mark.parametrize("who", ["C-1001", " C-1001\u00a0", "\tC-1001\r\n", "ada@example.com", "ADA@example.com"])
def test_a_customers_requests_are_found_by_number_or_address(world, pia, who):
    done = answer(world, file(world.ada, Type.AUTOMATED))
    open_one = file(world.ada)
    file(world.ben)

    found = pia.post(f"{LIST}find/", {"who": who})

    assert who.strip() not in found.url and str(world.ada.customer.pk) in found.url
    assert listed(pia, found.url.partition("?")[2]) == {done.number, open_one.number}
    assert Entry.objects.filter(event="customer.looked_up", actor=str(world.pia.pk)).count() == 1


@pytest.mark.parametrize("spell", [str, str.lower, lambda number: number.replace("-", " "), lambda number: number[3:]])
def test_a_request_is_found_in_the_same_field_and_without_a_look_up(world, pia, spell):
    request = answer(world, file(world.ada, Type.AUTOMATED))

    assert pia.post(f"{LIST}find/", {"who": spell(request.number)}).url == record(request)
    assert not Entry.objects.filter(event="customer.looked_up").exists()


def test_the_queue_asks_in_a_form_that_puts_nothing_into_the_address(world, pia):
    (form,) = forms_on(pia.get(LIST), "who")

    assert form.action == f"{LIST}find/"


def test_a_colleague_is_told_who_has_it_open(world, pia):
    request, otto = file(world.ada), signed_in(world.otto.user)
    assert "opened this at" not in text(pia.get(record(request)))

    assert "Pia (Privacy) opened this at" in text(otto.get(record(request)))
    assert "Nobody yet; opened by Pia Example<" in text(otto.get(LIST))
    assert "Nobody yet; opened by Otto Example<" in text(pia.get(LIST))


def test_after_ten_minutes_nobody_has_it_open(world, pia):
    request = file(world.ada)
    pia.get(record(request))
    key = notes.build_key(request.pk)
    cache.set(key, {who: at - timedelta(minutes=11).total_seconds() for who, at in cache.get(key).items()})

    assert "opened this at" not in text(signed_in(world.otto.user).get(record(request)))


def test_who_is_not_found_is_told_so_and_not_echoed(world, pia):
    page = pia.post(f"{LIST}find/", {"who": "RQ-2222-2222"})

    assert page.status_code == 422 and "RQ-2222" not in text(page)
    assert text(page).count("No request has this number, and no single customer has this number or address.") == 2


def test_only_officers_look_for_a_customers_requests(world):
    sam = signed_in(world.sam.user)

    assert sam.post(f"{LIST}find/", {"who": "C-1001"}).status_code == 404
    assert sam.get(record(file(world.ada)).replace("change", "next")).status_code == 404
    assert not Entry.objects.filter(event="customer.looked_up").exists()


@pytest.mark.parametrize("query", ["customer=x", "customer=%00", "customer=00000000-0000-0000-0000-000000000000"])
def test_an_odd_customer_breaks_nothing(world, pia, query):
    assert pia.get(f"{LIST}?{query}").status_code in (200, 302, 400)


def test_a_pseudonym_stands_as_it_is_in_filter_and_record(world, pia):
    page = text(pia.get(f"{LIST}?customer=eb1f1d36-0000-4000-8000-000000000000&state=all"))

    assert "eb1f1d36 </strong>" in page and "Eb1f1d36" not in page
    assert ("Customer", str(world.ada.customer.pk)[:8]) in list_request_facts(file(world.ada))


def go_on(client: Client, request) -> str:
    return client.get(record(request).replace("change", "next")).url


def test_the_next_one_is_what_is_due_next_and_mine_or_nobodys(world, pia):
    first, second, colleagues = file(world.ada), file_as_stranger(), file(world.ben)
    search(world, first)
    search(world, colleagues)
    file(world.ben, Type.PORTABILITY, is_fresh=False)
    otto = signed_in(world.otto.user)

    assert "Next request" in text(pia.get(record(first)))
    assert go_on(otto, first) == record(second)
    assert {go_on(pia, first), go_on(pia, second)} <= {record(one) for one in (first, second, colleagues)}
    assert go_on(otto, second) == LIST
