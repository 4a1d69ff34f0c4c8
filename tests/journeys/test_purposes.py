"""Two short ways through the staff site: to ask with a ready-made sentence, and to end a purpose by two officers."""

from consents.access.models import AccessRequest
from consents.catalogue.models import Purpose
from tests.journeys.opening import open_for, open_scriptless
from tests.world.sentences import WORDS, draft_sentence, publish_sentence


def test_whoever_asks_fills_a_ready_made_sentence_in_and_changes_it(real_world, visit):
    publish_sentence(real_world.pia, draft_sentence(real_world.pia))
    sam = open_for(real_world.sam, visit)
    sam.go("/admin/access/accessrequest/add/")
    sam.page.get_by_label("Customer").fill("C-1001")
    sam.press("Find")
    sam.page.get_by_label("What for").select_option(label="Answer your questions")
    sam.page.locator("#scope legend").wait_for()
    sam.page.get_by_label("Orders").check()
    sam.page.get_by_label("Case number").fill("CASE-7")
    sam.page.get_by_label("Why now", exact=True).select_option("you_contacted_us")
    sam.see(WORDS["en"])

    with sam.page.expect_navigation():
        sam.page.locator("#sentences").get_by_role("button", name="Deutsch").click()
    field = sam.page.get_by_label("In one plain sentence")
    assert field.input_value() == WORDS["de"]
    assert sam.page.get_by_label("Case number").input_value() == "CASE-7"
    assert sam.page.get_by_label("Orders").is_checked()
    field.fill(f"{WORDS['de']} Wir helfen gern.")
    sam.press("Ask the customer")
    sam.see("The customer finds it on their page")

    assert AccessRequest.objects.get().sentence == f"{WORDS['de']} Wir helfen gern."


def test_one_officer_asks_for_the_end_of_a_purpose_and_another_confirms_it(real_world):
    page = f"/admin/catalogue/purpose/{real_world.purpose.pk}/change/"
    quinn = open_scriptless(real_world.quinn)
    quinn.go(page)
    quinn.press("Ask to retire")
    quinn.see("Nothing ends yet")
    quinn.press("Ask to retire")
    quinn.see("Take the retirement back")

    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("purpose to retire")
    pia.follow("support")
    pia.see("Quinn")
    pia.press("Confirm the retirement")
    pia.see("It cannot be brought back.")
    pia.press("Retire")
    pia.see("The purpose is retired.")

    assert Purpose.objects.get(pk=real_world.purpose.pk).retired_at
