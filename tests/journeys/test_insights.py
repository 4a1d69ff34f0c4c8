"""Somebody about to ask for access takes a count instead, and checks a note before sharing it."""

from django.urls import reverse

from consents.insights.models import Insight
from tests.journeys.browsing import give_password
from tests.world.insights import add_question, count


def test_a_count_instead_of_an_access_request(crowded, visit, script):
    add_question(crowded)
    give_password(crowded.sam.user)
    sam = visit(script=script)
    sam.sign_in("sam@example.com")

    sam.go(reverse("admin:access_accessrequest_add"))
    sam.follow("Count groups of customers")
    sam.see("Customers by item")
    sam.press("Count")
    sam.see("This is being counted")
    count(Insight.objects.get())
    sam.page.reload()
    sam.see("A group of fewer than 11 customers is hidden")
    assert sam.page.locator("svg[role=img]").count() == 1
    assert "Lamp" not in sam.page.locator("#content-main").inner_text()
    with sam.page.expect_download() as download:
        sam.follow("Download as CSV")
    assert download.value.suggested_filename.endswith(".csv")

    sam.go(reverse("admin:insights_note"))
    sam.page.get_by_label("The text").fill("Chairs sell best; Ada Lovelace bought three.")
    sam.press("Check")
    sam.see("1 place could be somebody.")
    assert sam.page.locator("mark").inner_text().startswith("Ada Lovelace")
