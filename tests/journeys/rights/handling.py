"""How officers bring each right to its end in the admin, by what they click: from the first page to the answer."""

import re
from collections.abc import Callable, Iterable
from datetime import date

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from tests.journeys.scriptless import AnyVisit


class Officer:
    """An officer at the browser, with the page of one request before them."""

    def __init__(self, one: AnyVisit) -> None:
        self.one = one
        one.go("/admin/")

    def press(self, name: str) -> None:
        self.one.press(name, exact=True)

    def press_to_start(self, name: str) -> None:
        """The button says also what it starts, where the right acts at once."""
        self.one.press(re.compile(f"^{name}( and .*)?$"))

    def room(self, name: str) -> None:
        """From the first page, or from a record back to the list it stands in."""
        self.one.follow(name, exact=True)

    def see_in_queue(self, requests: Iterable[RightsRequest]) -> None:
        """All that wait for an answer."""
        self.room("Privacy requests")
        for request in requests:
            if not request.is_answered:
                self.one.see(request.number)

    def turn_to(self, request: RightsRequest) -> None:
        self.one.go(f"/admin/rights/rightsrequest/{request.pk}/change/")

    def open(self, request: RightsRequest) -> None:
        """By its line in the queue; what was done when it was asked is looked for by its number."""
        self.room("Privacy requests")
        if request.is_answered:
            self.one.fill("Request number, customer number or email address", request.number)
            self.one.press("Find")
            return
        self.one.follow(request.number, near="result_list")

    def type_in(self, who: str, type: Type, channel: str, arrived_on: date, **correction: str) -> RightsRequest:
        """What came in another way. `correction`: what is `wrong`, by its label, and how it is `right`."""
        self.one.go("/admin/")
        self.room("Type in a privacy request")
        self.one.fill("Customer", who, exact=True)
        self.one.choose("What they ask for", type.value)
        self.one.tick(channel, exact=True)
        self.one.fill("Arrived on", arrived_on.isoformat())
        self.one.tick("The customer", exact=True)
        if correction:
            self.one.choose("what is wrong", correction["wrong"])
            self.one.fill("how it should read", correction["right"])
        self.press("Log the request")
        self.one.see("is on record. It is to be answered by")
        return RightsRequest.objects.latest("filed_at")

    def confirm_identity(self, *facts: str, who: str = "") -> None:
        self.press_to_start("Confirm identity")
        if who:
            self.one.fill("Whose request it is", who)
        for fact in facts:
            self.one.tick(fact)
        self.press_to_start("Confirm identity")
        self.one.see("On record")

    def fail_identity(self) -> None:
        self.press("Identity not confirmed")
        self.one.see("Nothing about anybody’s data is said to this person")
        self.press("Identity not confirmed")
        self.one.see("On record: not confirmed.")

    def say_whose_it_is(self, who: str) -> None:
        self.press_to_start("Match to a customer")
        self.one.fill("Whose request it is", who)
        self.press_to_start("Match to a customer")
        self.one.see("with everything that takes effect at once")

    def extend(self) -> None:
        self.press("Extend")
        self.one.tick("Your request is complex")
        self.press("Extend")
        self.one.see("Extended, and the customer is told.")

    def search(self) -> None:
        self.press("Note a search")
        self.one.fill("System", "The shop")
        self.one.tick("Yes")
        self.press("Note a search")
        self.one.see("The search is on record.")

    def be_at(self, act: str, name: str) -> None:
        """Some acts lead on to the next; else its button does."""
        if not self.one.path.endswith(f"/act/{act}/"):
            self.press(name)

    def answer(self, by: str = "") -> None:
        self.be_at("answer", "Answer")
        self.one.tick("Done", exact=True)
        self.one.fill("In your own words", "It is as you asked.")
        if by:
            self.one.choose("How the answer goes out", by)
        self.press("Show it as the customer will read it")
        self.one.see("We did what you asked.")
        self.press("Answer")
        self.one.see("Answered, and the customer is told.")

    def refuse(self, reason: Reason) -> None:
        self.press("Refuse")
        self.one.choose("Why", str(reason.label))
        self.one.fill("In your own words", "We looked at it twice.")
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
        self.one.untick_all("recipients")
        self.one.tick(recipient, exact=True)
        self.one.tick("By letter", exact=True)
        self.press("Note who was told")
        self.one.see("On record.")

    def propose_erasure(self) -> None:
        self.press("Propose the erasure")
        self.one.see("Everything is permanently deleted")
        self.press("Propose the erasure")
        self.one.see("Another officer looks at it under Erasures.")

    def erase(self) -> None:
        """What another officer has proposed, as the first page says."""
        self.one.follow("erasure to check")
        self.one.follow("", near="result_list")
        self.press("Erase for good")
        self.one.see("It cannot be undone.")
        self.press("Erase for good")
        self.one.see("The customer has been erased.")

    def uphold(self) -> None:
        """What another officer has answered."""
        self.press("Decide")
        self.one.tick("The answer stays as it was")
        self.one.fill("In your own words", "It was right.")
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
