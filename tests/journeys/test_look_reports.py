"""A look that does not seem right, from the customer's click to the answer."""

from consents.disclosures.services import disclose_records
from tests.journeys.browsing import Visit, give_password, post_is_delivered
from tests.world.cast import answer, ask
from tests.world.exemptions import by_staff


def enter(visit, user, *, script: bool) -> Visit:
    give_password(user)
    one = visit(script=script)
    one.sign_in(user.email)
    return one


def test_a_reported_look_is_answered(real_world, visit, script):
    world = real_world
    grant = answer(world, ask(world, "orders")).grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    ada, sam, pia = (enter(visit, one.user, script=script) for one in (world.ada, world.sam, world.pia))

    ada.go("/activity/")
    ada.follow("Report this look")
    ada.page.get_by_label("I did not expect anyone to look then").check()
    ada.page.get_by_label("Tell us more").fill("It was in the middle of the night.")
    ada.press("Send the report")
    ada.see("Waiting for an officer’s decision")

    sam.go("/admin/disclosures/lookreport/")
    sam.follow("LR-")
    sam.follow("Answer")
    sam.page.get_by_label("Why you looked").fill("I wanted to finish the case.")
    sam.press("Save")
    sam.see("I wanted to finish the case.")

    pia.go("/admin/")
    pia.follow("reported look to decide")
    pia.follow("LR-")
    pia.press("Read and decide")
    pia.see("It was in the middle of the night.")
    pia.page.get_by_label("The look should not have happened").check()
    pia.page.locator("textarea").fill("We have spoken to Sam.")
    pia.press("Decide and tell the customer")
    pia.see("This is on record")

    assert [one.to for one in post_is_delivered()[-2:]] == [["ada@example.com"], ["sam@example.com"]]
    ada.page.reload()
    ada.see("We have spoken to Sam.")
    ada.see("The look should not have happened")
