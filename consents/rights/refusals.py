"""Expected no's of this room."""

from datetime import date

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from consents.core.durations import format_day, format_whole_day
from consents.core.refusals import NotPermitted, NotValid, Refusal
from consents.law.kinds import Regime, Type, find_nearest_right
from consents.rights.models import RightsRequest


class BadReceipt(NotValid):
    sentence = _("A request cannot arrive in the future, nor before we had a record of this customer.")


class BeforeItsLaw(BadReceipt):
    sentence = _("Check the day it arrived: the law it asks by began on %(day)s.")

    def __init__(self, began: date) -> None:
        super().__init__(day=format_day(began))


class PlaceDiffers(NotValid):
    sentence = _(
        "On file, this customer lives elsewhere. Leave the place empty, or log the request without a customer and "
        "match it afterwards: then you choose which place counts."
    )


class PlacesDiffer(NotValid):
    """Ask which place counts: the one of the request or the one of the record."""

    sentence = _("The request and our record name different places. Choose which counts, and say how you know.")

    def __init__(self, recorded: str) -> None:
        self.recorded = recorded
        super().__init__()


class NoSuchRight(NotValid):
    def __init__(self, regime: Regime, type: Type) -> None:
        nearest = find_nearest_right(regime, type)
        about = {"right": type.label, "law": regime.label, "nearest": nearest.label if nearest else ""}
        sentence = (
            _("The law that applies there (%(law)s) has no right called “%(right)s”. The nearest is “%(nearest)s”.")
            if nearest
            else _("The law that applies there (%(law)s) has no right called “%(right)s”, and none that comes near it.")
        )
        super().__init__(sentence % about)


class NeedsProof(NotValid):
    sentence = _("Anyone who asks on someone else’s behalf must show that they may. Name the document.")


class NotOfThisScope(NotValid):
    sentence = _("What was chosen is no longer there. Please choose again.")


class WholeOnly(NotValid):
    sentence = _("This person asked to delete some kinds of data only. Propose to delete those.")


class NotToObject(NotValid):
    """GDPR Art 21(1)."""

    sentence = _(
        "Only a use based on a public task or a legitimate interest can be objected to. A use based on consent "
        "stops when the consent is withdrawn; what a contract or a law requires continues."
    )


class SayWhichUses(NotValid):
    """GDPR Art 21."""

    sentence = _(
        "For a partly granted objection, choose at least one use to stop and at least one to continue. Direct "
        "marketing always stops."
    )


class NotErased(Refusal):
    sentence = _(
        "Nothing has been erased that would answer this request so. Propose it, whole or in part: that answers it."
    )


class ClosedToYou(NotPermitted):
    sentence = _(
        "What stands there now is closed to you: your training has lapsed, the customer decided that you may not look, "
        "or this kind of data was deleted."
    )


class NotCorrected(Refusal):
    sentence = _(
        "Decide on every proposed value first: “done” says that all were accepted, “done in part” that some were."
    )


class AlreadyAsked(Refusal):
    """Names the request that is still open."""

    sentence = _("This was asked for on %(day)s, and we have not answered yet. The request is %(number)s.")

    def __init__(self, rights_request: RightsRequest) -> None:
        self.number = rights_request.number
        super().__init__(number=self.number, day=format_whole_day(localtime(rights_request.received_at)))


class IsOpenAlready(Refusal):
    sentence = _("This customer has asked for the same, and it is being worked on. Nothing more was put on record.")


class NotStaff(NotPermitted):
    sentence = _("Only staff type in requests that came in another way.")


class AlreadyAnswered(Refusal):
    sentence = _("This request has been answered. Nothing was changed.")


class IdentityFirst(Refusal):
    sentence = _("We do not know yet who made this request. Confirm their identity first.")


class TooFewFacts(NotValid):
    sentence = _("This right asks for more certainty: two facts, or three and a signed declaration.")


class AnotherCustomer(Refusal):
    sentence = _("This request belongs to another customer.")


class NobodyToWriteTo(NotValid):
    sentence = _("No email reaches this person. Tell them by letter or telephone, and say on which day.")


class SayHowTold(NotValid):
    sentence = _("Say how they were told, or why they were not.")


class BadDayOfTelling(NotValid):
    sentence = _("They were told on a day since the request arrived, today at the latest.")


class BadDayOfWord(NotValid):
    sentence = _("That was on a day since the request arrived or was answered, today at the latest.")


class NotTyped(NotValid):
    sentence = _("Only the customer can do this, signed in here. Record what reached us another way.")


class BadDayOfAnswer(NotValid):
    sentence = _("The customer answered on a day since we asked, today at the latest.")


class IdentityKnown(Refusal):
    sentence = _("We know who made this request, or this right asks for no proof of it. There is nothing to wait for.")


class NoExtension(Refusal):
    sentence = _("The law allows no extension for this right.")


class AlreadyExtended(Refusal):
    sentence = _("This request was extended already. That can be done once.")


class TooLateToExtend(Refusal):
    sentence = _("An extension is told before the first answer date. That day has passed.")


class IsWaiting(Refusal):
    sentence = _("We wait for the customer’s answer. Note it first.")


class IsNotWaiting(Refusal):
    sentence = _("The clock is running: nothing was asked of the customer.")


class AlreadyReplied(Refusal):
    sentence = _("This question has already been answered. Nothing was changed.")


class NothingAsked(Refusal):
    sentence = _("No question to the customer is open.")


class QuestionCodeDoesNotWork(NotValid):
    """Raised for every reason alike, so that guessing reveals nothing."""

    sentence = _("The number and the code do not match, or the question is closed. Check both, or call us.")


class SearchFirst(Refusal):
    sentence = _("Note first which systems were searched.")


class KindsAlone(Refusal):
    sentence = _(
        "We know well enough who made this request to name the kinds of data, but not to hand over the data itself. "
        "Answer it as done in part, because we could not confirm who made it."
    )


class NoFee(NotValid):
    sentence = _(
        "A fee has an amount, a currency and its reason. It is only for something done that had plainly no ground or "
        "went far beyond what the right is for."
    )


class CannotRefuse(NotValid):
    sentence = _("The law does not allow to refuse this right for that reason.")


class NeedsLaw(NotValid):
    sentence = _("A refusal names the provision that it rests on. For this right and this reason, say which.")


class OnlyTheirYes(NotValid):
    """11 CCR 7028(a): they ask, and confirm it."""

    sentence = _("Only the customer can allow a sale again: signed in here, in two steps. No one can do it for them.")


class NotAllowedAgain(Refusal):
    sentence = _("The customer has allowed no sale. Nothing can be called done until they do, signed in here.")


class NothingToAppeal(Refusal):
    sentence = _("There is no decision to appeal, or you have already appealed it.")


class StoodForTheirCode(NotPermitted):
    sentence = _(
        "You proposed or approved a code to act for this customer, so another officer must answer their requests."
    )


class NotTheRequester(NotPermitted):
    """GDPR Art 12(6). The database refuses it too (`rights_requester_confirms`)."""

    sentence = _("Only the person who asked can confirm this request.")


class NotYours(NotValid):
    sentence = _("This is only for a request that was made here, signed in.")


class ColleagueHasIt(Refusal):
    sentence = _("%(name)s works on this request. Open it to take it over.")


class NotAmongOfficers(NotValid):
    sentence = _("Choose an officer who works here.")


class OwnMatterOfColleague(NotPermitted):
    sentence = _("This colleague acts for the customer, so someone else must work on it.")


class AsksSomethingElse(Refusal):
    sentence = _("It asks for another right, or by another law, than the first one: it needs an answer of its own.")


class DoneAlready(Refusal):
    sentence = _("This was done before. Nothing was changed.")


class NothingToCompare(NotValid):
    sentence = _("Type at least one thing they said. It must be known first whose request it is.")


class TooManyComparisons(Refusal):
    status = 429
    sentence = _(
        "Three comparisons about this customer differed within a day, so none is made until tomorrow. Ask for proof in "
        "another way, or note that identity could not be confirmed."
    )


class NoNotesAfterAnswer(Refusal):
    sentence = _("This request has been answered and no appeal waits, so it takes no more notes.")


class RedactionWaits(Refusal):
    sentence = _(
        "A part of a note waits to be left out of the copy. First a second officer decides, under “Read the notes”."
    )


class NoNoteHere(NotValid):
    sentence = _("Choose one of the notes on this request.")


class NotMatchedYet(Refusal):
    sentence = _("It is not known yet whose request this is, so no copy can hold its notes.")
