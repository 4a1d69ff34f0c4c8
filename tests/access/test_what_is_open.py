"""What a withdrawal locks to end it, in one statement, is what the selectors call open."""

from datetime import timedelta

from django.db import transaction

from consents.access import selectors
from consents.access.models import AccessRequest
from consents.access.selectors import locking
from consents.access.services import ending
from consents.core import clock
from tests.world.cast import answer, ask, make_purpose


def list_open_by_both(world) -> set:
    """The ids of the open requests of all purposes, after a look that statement and selectors list the same ones, with
    the same live grants."""
    customer, found = world.ada.customer.id, set()
    for purpose in AccessRequest.objects.values_list("purpose", flat=True).distinct():
        locked = list_locked(customer, purpose)
        told = list(locked)
        rows = selectors.select_open_requests(customer, clock.now()).filter(purpose=purpose)
        assert told == list(rows.order_by("pk").values_list("pk", flat=True))
        live = selectors.select_live_grants(clock.now()).filter(access_request__in=told)
        assert {pk for grants in locked.values() for pk in grants} == set(live.values_list("pk", flat=True))
        found |= set(told)
    return found


@transaction.atomic
def list_locked(customer, purpose) -> dict:
    """The ids of the requests that are locked, and of the grants of each."""
    opened = locking.lock_open_requests(customer, purpose)
    for one in opened:
        assert all(grant.access_request_id == one.access_request.pk for grant in one.grants)
    return {one.access_request.pk: [grant.pk for grant in one.grants] for one in opened}


def test_a_pending_request_is_open_until_its_answer_by_moment(real_world, later):
    waiting = ask(real_world, "orders")
    assert list_open_by_both(real_world) == {waiting.pk}

    later(timedelta(days=31))

    assert list_open_by_both(real_world) == set()


def test_running_access_is_open_until_its_time_is_over(real_world, later):
    running = answer(real_world, ask(real_world, "orders", "contact"), "all")
    assert list_open_by_both(real_world) == {running.pk}

    later(timedelta(days=31))

    assert list_open_by_both(real_world) == set()


def test_denied_stopped_and_cancelled_requests_are_not_open(real_world):
    answer(real_world, ask(real_world, "orders"), "none")
    stopped = answer(real_world, ask(real_world, "contact"), "all")
    ending.stop_access(access_request=stopped.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert list_open_by_both(real_world) == set()


def test_open_requests_are_those_of_this_customer_and_purpose(real_world):
    other = make_purpose("calls", "Call you", list(real_world.categories.values()), real_world.pia.user)
    waiting = [ask(real_world, "orders"), ask(real_world, "contact", member=real_world.kim)]
    elsewhere = ask(real_world, "orders", version=other.pk)
    ask(real_world, "orders", customer=real_world.ben)

    assert list_open_by_both(real_world) == {row.pk for row in [*waiting, elsewhere]}
    assert list(list_locked(real_world.ada.customer.id, other.purpose_id)) == [elsewhere.pk]
