"""Somebody about to ask for access takes a count instead, and checks a note before sharing it."""

from django.urls import reverse

from consents.insights.models import Insight
from tests.journeys.opening import open_scriptless, read_text, read_texts
from tests.world.insights import add_question, count


def test_a_count_instead_of_an_access_request(crowded):
    add_question(crowded)
    sam = open_scriptless(crowded.sam)
    sam.go(reverse("admin:access_accessrequest_add"))
    sam.follow("Count groups of customers")
    sam.see("Customers by item")
    sam.press("Count")
    sam.see("This is being counted")
    count(Insight.objects.get())
    sam.go(sam.path)
    sam.see("A group of fewer than 11 customers is hidden")
    assert [node.attributes.get("role") for node in sam.page.walk() if node.tag == "svg"].count("img") == 1
    assert "Lamp" not in read_text(sam)
    assert "Chair" in sam.download("Download as CSV")

    sam.go(reverse("admin:insights_note"))
    sam.fill("The text", "Chairs sell best; Ada Lovelace bought three.")
    sam.press("Check")
    sam.see("1 place could be somebody.")
    (mark,) = read_texts(sam, "mark")
    assert mark.startswith("Ada Lovelace")
