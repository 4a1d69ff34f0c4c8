"""A request that the requester's manager must agree to, from the form to the customer's first page."""

from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.proposals import make_guarded_purpose

SENTENCE = "Two orders went to one address."


def asks(sam) -> None:
    sam.go("/admin/access/accessrequest/add/")
    sam.fill("Customer", "C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.choose("What for", "Check for fraud")
    sam.press("Show the data categories")
    sam.tick("Contact details")
    sam.choose("Why now", "fraud_check")
    sam.fill("In one plain sentence", SENTENCE)
    sam.press("Send to my manager")
    sam.see("Sent to your manager")


def agrees(kim, browser) -> None:
    kim.go("/admin/")
    kim.follow("1 request to agree to")
    kim.follow("Waiting for the manager")
    kim.see(SENTENCE)
    record = kim.path
    for page in (record.rpartition("change/")[0] + "act/decline/", "/admin/access/proposedrequest/", record):
        kim.go(page)
        assert faults_of_drawn(kim, browser) == []
    kim.press("Agree")
    kim.see("Agree to this request?")
    kim.press("Agree")
    kim.see("The customer has been asked")


def test_the_manager_agrees_and_the_customer_is_asked(real_world, visit):
    make_guarded_purpose(real_world)
    asks(open_scriptless(real_world.sam))
    ada = open_scriptless(real_world.ada)
    ada.go("/")
    ada.see("Nothing is waiting for you")

    agrees(open_scriptless(real_world.kim), visit())

    ada.go("/")
    ada.see("Sam from Billing Support wants to see your data")
    ada.see(SENTENCE)
