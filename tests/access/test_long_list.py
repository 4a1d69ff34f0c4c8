"""The list of access requests and its numbers read what they show, however many requests there are."""

import pytest

from consents.access.models import AccessRequest
from consents.access.rules import RequestState
from consents.access.selectors import annotate_current_state, split_by_deadline
from consents.access.staff.admin import AccessRequestAdmin, DeadlinePaginator, describe_deadline
from consents.access.staff.filters import filter_by_state
from consents.core import admin
from consents.core.durations import format_local_moment
from tests.access.asking_form import LIST
from tests.plans import explain
from tests.world.cast import answer, ask, signed_in
from tests.world.scene_fixtures import scene


@scene
def in_order(world) -> list[AccessRequest]:
    """What waits, by deadline, then what is over, newest first."""
    over = [answer(world, ask(world, "orders"), "none"), answer(world, ask(world, "health"), "none")]
    waiting = [ask(world, "contact"), ask(world, "contact", customer=world.ben)]
    return [
        *sorted(waiting, key=lambda request: (request.answer_by, request.pk)),
        *sorted(over, key=lambda request: request.filed_at, reverse=True),
    ]


@pytest.mark.parametrize("each", [1, 2, 3, 50])
def test_it_lists_what_waits_first_on_pages_of_any_size(in_order, each):
    paginator = DeadlinePaginator(AccessRequest.objects.order_by("pk"), each)

    listed = [request.pk for number in paginator.page_range for request in paginator.page(number)]

    assert set(listed) == {request.pk for request in in_order} and len(listed) == len(in_order)
    assert [request.state for request in AccessRequest.objects.filter(pk__in=listed[:2])] == [RequestState.PENDING] * 2
    assert listed[:2] == [request.pk for request in in_order[:2]]


@pytest.mark.parametrize("each", [2, 50])
def test_it_is_listed_so_on_the_page_whether_all_stands_on_one_or_not(world, in_order, monkeypatch, each):
    monkeypatch.setattr(AccessRequestAdmin, "list_per_page", each)

    listed = signed_in(world.pia.user).get(LIST).context["cl"].result_list

    assert [request.pk for request in listed] == [request.pk for request in in_order[:each]]


def test_a_deadline_stands_there_only_while_something_ends_by_it(world):
    over = answer(world, ask(world, "health"), "none")
    allowed, waiting = answer(world, ask(world, "orders")), ask(world, "contact")

    shown = {request.pk: describe_deadline(request) for request in annotate_current_state(AccessRequest.objects.all())}

    assert shown.pop(over.pk) == ""
    assert shown.pop(waiting.pk) == f"Answer by {format_local_moment(waiting.answer_by)}"
    assert shown == {allowed.pk: f"Access until {format_local_moment(allowed.grants.get().ends_at)}"}


def test_a_list_that_is_cut_says_so_and_a_filter_brings_the_rest(world, in_order, monkeypatch):
    monkeypatch.setattr(admin, "MOST", 3)
    pia = signed_in(world.pia.user)

    cut, narrowed = (" ".join(pia.get(path).content.decode().split()) for path in (LIST, f"{LIST}?state=over"))

    assert "Only the first thousand are listed" in cut and "3 access requests" not in cut
    assert "Only the first thousand are listed" not in narrowed and "2 access requests" in narrowed


@pytest.mark.parametrize(
    ("state", "index"),
    [
        ("waiting", "access_request_due"),
        ("running", "access_grant_due"),
        ("today", "access_answer_by_time"),
    ],
)
def test_a_number_on_the_first_page_is_counted_by_an_index_of_the_few(world, state, index):
    rows = filter_by_state(annotate_current_state(AccessRequest.objects.all()), state)

    plan = explain_list(rows.order_by().values("pk"))

    assert index in plan and "Seq Scan" not in plan


def test_each_part_of_the_list_is_read_in_its_order(world):
    waiting, over = split_by_deadline(AccessRequest.objects.all())

    assert "access_request_due" in explain_list(waiting.values("pk")[:50])
    assert "access_request_by_time" in explain_list(over.values("pk")[:50])


def explain_list(rows) -> str:
    """How the database reads them once reading a whole table, or sorting it, costs more than anything else."""
    return explain(rows, ["access_accessrequest", "access_answer", "access_grant"], without=["seqscan", "sort"])
