"""An untrained requester is sent to the training, reads, answers, attests, and then may ask."""

from django.urls import reverse

from tests.journeys.opening import open_scriptless
from tests.world.training import publish_module

ASK = reverse("admin:access_accessrequest_add")


def ask(sam) -> None:
    sam.go(ASK)
    sam.fill("Customer", "C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.choose("What for", "Answer your questions")
    sam.press("Show the data categories")
    sam.tick("Orders")
    sam.choose("Why now", "order_problem")
    sam.fill("In one plain sentence", "You wrote that an order is missing.")
    sam.press("Ask the customer")


def test_who_trains_may_ask(real_world):
    module = publish_module(real_world)
    asking, sam = open_scriptless(real_world.sam), open_scriptless(real_world.sam)
    ask(asking)
    asking.see("Your training is missing or has lapsed")

    sam.go(reverse("admin:training_own"))
    sam.see("Missing")
    sam.follow(module.title)
    for place, question in enumerate(module.words["en"]["questions"]):
        sam.tick(question["answers"][module.solution[place]], exact=True)
    sam.tick("I have read the text")
    sam.press("Answer and attest")
    sam.see("Your attestation is on record")

    ask(asking)
    asking.see("The customer finds it on their page")
