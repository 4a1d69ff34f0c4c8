"""The pages about requests read in one statement exactly what the query sets read in many."""

import contextlib

import pytest
from django.db import transaction

from consents.access import selectors
from consents.access.customers.presenting import divide_open_requests, list_open_requests
from consents.access.models import AccessRequest
from consents.access.selectors.locking import lock_request_to_answer, read_home, read_one_request, read_request
from consents.access.services import asking, ending, enquiring
from consents.catalogue.selectors import select_published_categories
from consents.core.refusals import Refusal, Unknown
from consents.ledger.rules import PORTAL
from consents.ledger.selectors.timelines import list_newest_entries
from consents.people.models import Role
from consents.people.selectors import list_holders, name_others
from tests.world.cast import answer, ask, make_staff
from tests.world.spelling import spell_out_all


def live_through(world, dice, acts: int) -> None:
    """A history of requests and what becomes of them, as the dice fall; what is refused does not happen."""
    members = [world.sam, world.kim, make_staff("lou@firm.example", Role.REQUESTER, "Support", "Lou")]
    for _act in range(acts):
        with contextlib.suppress(Refusal), transaction.atomic():
            waiting = list(AccessRequest.objects.order_by("pk"))
            of_one = dice.choice(waiting) if waiting else None
            if of_one is None or dice.random() < 0.4:
                ask(world, *dice.sample(list(world.categories), dice.randint(1, 3)), member=dice.choice(members))
            else:
                continue_story(world, dice, of_one)


def continue_story(world, dice, of_one: AccessRequest) -> None:
    mine = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    match dice.choice(["all", "none", "stop", "cancel", "question"]):
        case "stop":
            ending.stop_access(access_request=of_one.pk, **mine)
        case "cancel":
            member = of_one.staff.staff_member
            asking.cancel_access_request(access_request=of_one.pk, member=member, by=PORTAL)
        case "question":
            enquiring.send_enquiry(access_request=of_one.pk, words="Why?", acting=world.ada.acting, by=world.ada.actor)
        case decision:
            answer(world, of_one, decision)


def test_it_reads_the_first_page_as_the_query_sets_do(world, dice):
    live_through(world, dice, 25)
    customer, viewer = world.ada.customer.pk, world.ada.user

    read = read_home(customer, viewer.pk)

    open_requests = list_open_requests(customer, read.now)
    assert [[one.pk for one in part] for part in divide_open_requests(read.open, read.now)] == [
        [one.pk for one in part] for part in open_requests
    ]
    whole = selectors.select_open_requests(customer, read.now).select_related("version", "staff")
    whole = whole.prefetch_related("version__notices", "assents").order_by("-filed_at", "pk")
    assert spell_out_all(read.open) == spell_out_all(with_lists(whole))
    others = selectors.select_requests_of(customer).exclude(pk__in=[one.pk for one in read.open])
    assert read.earlier_number == others.count()
    assert spell_out_all(read.earlier) == spell_out_all(with_lists(others.order_by("-filed_at", "pk")[:10]))
    assert read.causes == selectors.find_causes(one.pk for one in read.earlier)
    assert read.others == name_others(customer, viewer)


def with_lists(requests):
    return requests.prefetch_related(
        "requested__category", "grants__category", "requested__access_request", "grants__access_request"
    )


def test_it_reads_each_request_as_the_query_sets_do(world, dice):
    live_through(world, dice, 25)
    customer, viewer = world.ada.customer.pk, world.ada.user

    for id in AccessRequest.objects.values_list("pk", flat=True):
        read = read_request(customer, id, viewer.pk)

        whole = selectors.select_requests_of(customer).filter(pk=id)
        whole = whole.select_related("version__purpose", "purpose", "staff__staff_member")
        whole = with_lists(whole).prefetch_related(
            "version__notices", "version__recipients", "enquiries", "assents", "requested__category__fields"
        )
        assert spell_out_all([read.access_request]) == spell_out_all(whole)
        assert read.entries == list_newest_entries(id)
        assert read.cause == selectors.find_causes([id]).get(id)
        assert read.published == list(select_published_categories())


def test_it_reads_what_is_answered_as_the_query_sets_do(world, dice):
    live_through(world, dice, 15)
    customer = world.ada.customer.pk

    for id in AccessRequest.objects.values_list("pk", flat=True):
        access_request, holders = read_one_request(customer, id)

        whole = with_lists(selectors.select_requests_of(customer).filter(pk=id)).prefetch_related("version__notices")
        asked = whole.select_related("version__purpose", "purpose", "staff__staff_member").prefetch_related("assents")
        assert spell_out_all([access_request]) == spell_out_all(asked)
        assert spell_out_all(holders) == spell_out_all(list_holders(customer))


def test_it_reads_no_request_of_another_customer(world):
    asked = ask(world)

    for read in (
        lambda: read_request(world.ben.customer.pk, asked.pk, world.ben.user.pk),
        lambda: read_one_request(world.ben.customer.pk, asked.pk),
        lambda: lock_request_to_answer(asked.pk, world.ben.customer.pk),
    ):
        with pytest.raises(Unknown):
            read()
    assert read_home(world.ben.customer.pk, world.ben.user.pk).open == []
