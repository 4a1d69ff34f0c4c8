"""A request that the requester's manager must agree to, from the form to the customer's first page."""

import pytest

from tests.journeys.judging import faults_of
from tests.world.cast import signed_in
from tests.world.proposals import make_guarded_purpose

SENTENCE = "Two orders went to one address."


@pytest.fixture
def enter(visit):
    def begin(user):
        one = visit()
        session = signed_in(user).cookies["portal"].value
        one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
        return one

    return begin


def asks(sam) -> None:
    sam.go("/admin/access/accessrequest/add/")
    sam.page.get_by_label("Customer").fill("C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.page.get_by_label("What for").select_option(label="Check for fraud")
    sam.page.locator("#scope input[type=checkbox]").first.check()
    sam.page.get_by_label("Why now", exact=True).select_option("fraud_check")
    sam.page.get_by_label("In one plain sentence").fill(SENTENCE)
    sam.press("Send to my manager")
    sam.see("Sent to your manager")


def agrees(kim) -> None:
    kim.go("/admin/")
    kim.follow("1 request to agree to")
    kim.follow("Waiting for the manager")
    kim.see(SENTENCE)
    record = kim.page.url.removeprefix(kim.base)
    pages = [record.rpartition("change/")[0] + "act/decline/", "/admin/access/proposedrequest/", record]
    assert [fault for page in pages for fault in faults_of(kim, page)] == []
    kim.press("Agree")
    kim.see("Agree to this request?")
    kim.press("Agree")
    kim.see("The customer has been asked")


def test_the_manager_agrees_and_the_customer_is_asked(real_world, enter):
    make_guarded_purpose(real_world)
    asks(enter(real_world.sam.user))
    ada = enter(real_world.ada.user)
    ada.go("/")
    ada.see("Nothing is waiting for you")

    agrees(enter(real_world.kim.user))

    ada.go("/")
    ada.see("Sam from Billing Support wants to see your data")
    ada.see(SENTENCE)
