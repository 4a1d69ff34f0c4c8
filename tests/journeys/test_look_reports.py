"""A look that does not seem right, from the customer's click to the answer."""

from consents.disclosures.services import disclose_records
from tests.journeys.browsing import post_is_delivered
from tests.journeys.opening import open_scriptless
from tests.world.cast import answer, ask
from tests.world.exemptions import by_staff


def test_a_reported_look_is_answered(real_world):
    world = real_world
    grant = answer(world, ask(world, "orders")).grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    ada, sam, pia = (open_scriptless(one) for one in (world.ada, world.sam, world.pia))

    ada.go("/activity/")
    ada.follow("Report this look")
    ada.tick("I did not expect anyone to look then")
    ada.fill("Tell us more", "It was in the middle of the night.")
    ada.press("Send the report")
    ada.see("Waiting for an officer’s decision")

    sam.go("/admin/disclosures/lookreport/")
    sam.follow("LR-")
    sam.follow("Answer")
    sam.fill("Why you looked", "I wanted to finish the case.")
    sam.press("Save")
    sam.see("I wanted to finish the case.")

    pia.go("/admin/")
    pia.follow("reported look to decide")
    pia.follow("LR-")
    pia.press("Read and decide")
    pia.see("It was in the middle of the night.")
    pia.tick("The look should not have happened")
    pia.fill("What you tell the customer", "We have spoken to Sam.")
    pia.press("Decide and tell the customer")
    pia.see("This is on record")

    assert [one.to for one in post_is_delivered()[-2:]] == [["ada@example.com"], ["sam@example.com"]]
    ada.go(ada.path)
    ada.see("We have spoken to Sam.")
    ada.see("The look should not have happened")
