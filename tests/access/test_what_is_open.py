"""Which requests are open, and that a withdrawal ends them."""

from datetime import timedelta

from consents.access import selectors
from consents.access.services import ending
from consents.choices.services import withdrawing
from consents.core import clock
from tests.world.cast import answer, ask, make_purpose


def list_open(world) -> set:
    return set(selectors.select_open_requests(world.ada.customer.id, clock.now()).values_list("pk", flat=True))


def test_a_pending_request_is_open_until_its_answer_by_moment(real_world, later):
    waiting = ask(real_world, "orders")
    assert list_open(real_world) == {waiting.pk}

    later(timedelta(days=31))

    assert list_open(real_world) == set()


def test_running_access_is_open_until_its_time_is_over(real_world, later):
    running = answer(real_world, ask(real_world, "orders", "contact"), "all")
    assert list_open(real_world) == {running.pk}

    later(timedelta(days=31))

    assert list_open(real_world) == set()


def test_denied_stopped_and_cancelled_requests_are_not_open(real_world):
    answer(real_world, ask(real_world, "orders"), "none")
    stopped = answer(real_world, ask(real_world, "contact"), "all")
    ending.stop_access(access_request=stopped.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert list_open(real_world) == set()


def test_open_requests_are_those_of_this_customer_and_purpose(real_world):
    other = make_purpose("calls", "Call you", list(real_world.categories.values()), real_world.pia.user)
    waiting = [ask(real_world, "orders"), ask(real_world, "contact", member=real_world.kim)]
    elsewhere = ask(real_world, "orders", version=other.pk)
    ask(real_world, "orders", customer=real_world.ben)

    assert list_open(real_world) == {row.pk for row in [*waiting, elsewhere]}
    withdrawing.withdraw_consent(customer=real_world.ada.customer.id, purpose="calls", by=real_world.ada.actor)
    assert list_open(real_world) == {row.pk for row in waiting}
