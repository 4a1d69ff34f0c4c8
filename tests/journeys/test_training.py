"""An untrained requester is sent to the training, reads, answers, attests, and then may ask."""

from django.urls import reverse

from tests.journeys.browsing import give_password
from tests.world.training import publish_module

ASK = reverse("admin:access_accessrequest_add")


def ask(sam) -> None:
    sam.go(ASK)
    sam.page.get_by_label("Customer").fill("C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.page.get_by_label("What for").select_option(label="Answer your questions")
    if sam.script:
        sam.page.locator("#scope legend").wait_for()
    else:
        sam.press("Show the data categories")
    sam.page.get_by_label("Orders").check()
    sam.page.get_by_label("Why now", exact=True).select_option("order_problem")
    sam.page.get_by_label("In one plain sentence").fill("You wrote that an order is missing.")
    sam.press("Ask the customer")


def test_who_trains_may_ask(real_world, visit, script):
    module = publish_module(real_world)
    give_password(real_world.sam.user)
    sam = visit(script=script)
    sam.sign_in("sam@example.com")

    ask(sam)
    sam.see("Your training is missing or has lapsed")

    sam.go(reverse("admin:training_own"))
    sam.see("Missing")
    sam.follow(module.title)
    for place, question in enumerate(module.words["en"]["questions"]):
        sam.page.get_by_label(question["answers"][module.solution[place]], exact=True).check()
    sam.page.get_by_label("I have read the text").check()
    sam.press("Answer and attest")
    sam.see("Your attestation is on record")

    ask(sam)
    sam.see("The customer finds it on their page")
