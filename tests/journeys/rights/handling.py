"""How officers bring each right to its end in the admin, by what they click: from the first page to the answer."""

import re
from collections.abc import Callable
from datetime import date

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from tests.journeys.browsing import Visit, click


class Officer:
    """An officer at the browser, with the page of one request before them."""

    def __init__(self, one: Visit) -> None:
        self.one = one
        one.go("/admin/")

    def press(self, name: str) -> None:
        click(self.one.page.get_by_role("button", name=name, exact=True))

    def press_to_start(self, name: str) -> None:
        """The button says also what it starts, where the right acts at once."""
        click(self.one.page.get_by_role("button", name=re.compile(f"^{name}( and .*)?$")))

    def room(self, name: str) -> None:
        """From the first page, or from a record back to the list it stands in."""
        click(self.one.page.get_by_role("link", name=name, exact=True).first)

    def open(self, request: RightsRequest) -> None:
        """By its line in the queue; what was done when it was asked is looked for by its number."""
        self.room("Privacy requests")
        if request.is_answered:
            self.one.page.locator("#queue-search").fill(request.number)
            self.one.press("Find")
            return
        self.one.page.locator("#result_list").get_by_role("link", name=request.number).click()

    def type_in(self, who: str, type: Type, channel: str, arrived_on: date, **correction: str) -> RightsRequest:
        """What came in another way. `correction`: what is `wrong`, by its label, and how it is `right`."""
        self.one.go("/admin/")
        self.room("Type in a privacy request")
        self.one.page.get_by_label("Customer", exact=True).fill(who)
        self.one.page.get_by_label("What they ask for").select_option(type.value)
        self.one.page.get_by_label(channel, exact=True).check()
        self.one.page.get_by_label("Arrived on").fill(arrived_on.isoformat())
        self.one.page.get_by_label("The customer", exact=True).check()
        if correction:
            self.one.page.get_by_label("what is wrong").select_option(label=correction["wrong"])
            self.one.page.get_by_label("how it should read").fill(correction["right"])
        self.press("Log the request")
        self.one.see("is on record. It is to be answered by")
        return RightsRequest.objects.latest("filed_at")

    def confirm_identity(self, *facts: str, who: str = "") -> None:
        self.press_to_start("Confirm identity")
        if who:
            self.one.page.get_by_label("Whose request it is").fill(who)
        for fact in facts:
            self.one.page.get_by_label(fact).check()
        self.press_to_start("Confirm identity")
        self.one.see("On record")

    def fail_identity(self) -> None:
        self.press("Identity not confirmed")
        self.one.see("Nothing about anybody’s data is said to this person")
        self.press("Identity not confirmed")
        self.one.see("On record: not confirmed.")

    def say_whose_it_is(self, who: str) -> None:
        self.press_to_start("Match to a customer")
        self.one.page.get_by_label("Whose request it is").fill(who)
        self.press_to_start("Match to a customer")
        self.one.see("What acts at once has acted.")

    def extend(self) -> None:
        self.press("Extend")
        self.one.page.get_by_label("Your request is complex").check()
        self.press("Extend")
        self.one.see("Extended, and the customer is told.")

    def search(self) -> None:
        self.press("Note a search")
        self.one.page.get_by_label("Which system was searched").fill("The shop")
        self.one.page.get_by_label("Yes").check()
        self.press("Note a search")
        self.one.see("The search is on record.")

    def be_at(self, act: str, name: str) -> None:
        """Some acts lead on to the next; else its button does."""
        if not self.one.page.url.endswith(f"/act/{act}/"):
            self.press(name)

    def answer(self, by: str = "") -> None:
        self.be_at("answer", "Answer")
        self.one.page.get_by_label("Done", exact=True).check()
        self.one.page.get_by_label("In your own words").fill("It is as you asked.")
        if by:
            self.one.page.get_by_label("How the answer goes out").select_option(label=by)
        self.press("Show it as the customer will read it")
        self.one.see("We did what you asked.")
        self.press("Answer")
        self.one.see("Answered, and the customer is told.")

    def refuse(self, reason: Reason) -> None:
        self.press("Refuse")
        self.one.page.get_by_label("Why").select_option(label=str(reason.label))
        self.one.page.get_by_label("In your own words").fill("We looked at it twice.")
        self.press("Show it as the customer will read it")
        self.one.see("We did not do what you asked.")
        self.press("Refuse")
        self.one.see("Refused, and the customer is told why and what they can do.")

    def accept_value(self) -> None:
        self.press("Look at the proposed values")
        self.press("Save it in the vault")
        self.one.see("Save this value in the vault?")
        self.press("Save it in the vault")
        self.one.see("The value is in the vault.")

    def tell(self, recipient: str = "Swiftway Parcels") -> None:
        """One of those who may have such data."""
        self.be_at("note_told", "Note who was told")
        self.one.see("Those who may have this data are ticked.")
        for box in self.one.page.locator("[name=recipients]").all():
            box.set_checked(False)
        self.one.page.get_by_label(recipient, exact=True).check()
        self.one.page.get_by_label("By letter", exact=True).check()
        self.press("Note who was told")
        self.one.see("On record.")

    def propose_erasure(self) -> None:
        self.press("Propose the erasure")
        self.one.see("Everything is permanently deleted")
        self.press("Propose the erasure")
        self.one.see("Another officer looks at it under Erasures.")

    def erase(self) -> None:
        """What another officer has proposed, as the first page says."""
        self.one.page.get_by_role("link", name="erasure to check").click()
        self.one.page.locator("#result_list").get_by_role("link").first.click()
        self.press("Erase for good")
        self.one.see("It cannot be undone.")
        self.press("Erase for good")
        self.one.see("The customer has been erased.")

    def uphold(self) -> None:
        """What another officer has answered."""
        self.press("Decide")
        self.one.page.get_by_label("The answer stays as it was").check()
        self.one.page.get_by_label("In your own words").fill("It was right.")
        self.press("Decide")
        self.one.see("Decided, and the customer is told.")

    def lift(self) -> None:
        """Whoever refused a pause has announced its end by that."""
        self.press("Lift the pause")
        self.one.see("counts again")
        self.press("Lift the pause")
        self.one.see("The pause is lifted.")


def searched_and_answered(officer: Officer) -> None:
    officer.search()
    officer.answer()


def corrected(officer: Officer) -> None:
    officer.accept_value()
    answered_and_passed_on(officer)


def answered_and_passed_on(officer: Officer) -> None:
    officer.answer()
    officer.tell()


def proposed_to_erase(officer: Officer) -> None:
    officer.search()
    officer.tell()
    officer.propose_erasure()


def no_more_sold(officer: Officer) -> None:
    officer.tell("Outdoor Ads Network")


def done_already(officer: Officer) -> None:
    """When it was asked; and nobody outside has such data."""


# A new right is not answered before it is said here how.
GRANTS: dict[Type, Callable[[Officer], None]] = {
    Type.ACCESS: searched_and_answered,
    Type.RECTIFICATION: corrected,
    Type.ERASURE: proposed_to_erase,
    Type.RESTRICTION: answered_and_passed_on,
    Type.RECIPIENTS: searched_and_answered,
    Type.PORTABILITY: searched_and_answered,
    Type.OBJECTION: Officer.answer,
    Type.AUTOMATED: Officer.answer,
    Type.WITHDRAWAL: done_already,
    Type.KNOW_CATEGORIES: searched_and_answered,
    Type.KNOW_SPECIFIC: searched_and_answered,
    Type.DELETION: proposed_to_erase,
    Type.CORRECTION: corrected,
    Type.OPT_OUT: no_more_sold,
    Type.OPT_IN: done_already,
    Type.LIMIT: done_already,
    Type.ADMT_ACCESS: searched_and_answered,
    Type.ADMT_OPT_OUT: answered_and_passed_on,
    Type.ADMT_APPEAL: Officer.answer,
}
