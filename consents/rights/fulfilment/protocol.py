"""Define what every kind of right says of itself: what it asks, what an officer does, what fulfils and effects it."""

from collections.abc import Collection
from typing import ClassVar, NamedTuple

from django.db.models import QuerySet

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Purpose, PurposeVersion
from consents.choices.models import Mark
from consents.choices.rules import ActContext
from consents.law import reasons
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.rights.fulfilment import marks
from consents.rights.models import RightsRequest
from consents.rights.refusals import NotOfThisScope, SayWhichUses
from consents.rights.rules.answers import Outcome, StepState
from consents.rights.rules.inputs import NewRequest, Reply


def get_step_state(rights_request: RightsRequest, *, is_done: bool) -> StepState:
    """Tell a step that was taken from one that is still to be taken, or that the answer did not need."""
    if is_done:
        return StepState.DONE
    return StepState.NOT_NEEDED if rights_request.is_answered else StepState.OPEN


class Progress(NamedTuple):
    """A step of the officer's checklist that only this kind of right has; `event` is the ledger entry that shows it."""

    title: str
    text: str
    state: StepState
    event: str | None


class Fulfilment:
    """A kind of right with nothing special: someone looks into it and answers in words.

    A subclass overrides what differs. `registry` names the rights of each.
    """

    # What it asks of the person: names of questions (`customers.steps`), and the field of the officer's intake form
    # that names its scope.
    questions: ClassVar[tuple[str, ...]] = ()
    takes_words = True
    scope_is_purposes = False
    intake_field = ""
    # The page where a signed-in customer does it at once, by URL name.
    own_page = ""
    # Nobody may ask for it in the customer's place.
    is_only_theirs = False
    # A lesser identity check is enough for less than was asked.
    allows_lesser_identity = False

    # It changes the account or takes its data away: whoever shares it must agree (`rights_has_every_yes`).
    needs_every_holder = False

    # What fulfils it.
    is_immediate = False
    has_copy = False
    has_proposals = False
    is_erasure = False
    # Someone who cannot be identified is told the company's general practices instead (11 CCR 7024(b)).
    tells_practices = False
    # Part of it means some of the uses, which the answer names.
    is_granted_by_use = False
    # Recipients of the data must be told of it (GDPR Art 7(3), 19; 11 CCR 7022(b), 7026(f), 7027(g), 7221(n)).
    is_passed_on = False
    # The answer lists everyone who was told, of all requests of the customer.
    lists_all_notices = False

    # Filing

    def check_scope(self, new: NewRequest) -> None:
        """Check that the codes are in the catalogue. Raises NotOfThisScope."""
        table = Purpose if self.scope_is_purposes else Category
        if table.objects.filter(code__in=new.scope).count() != len(set(new.scope)):
            raise NotOfThisScope

    def is_repeated_by(self, still_open: RightsRequest, new: NewRequest) -> bool:
        """Tell whether a new request with the same scope asks for the same as one that is still open."""
        return True

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        """Carry out what is done the moment it is asked for."""
        raise NotImplementedError

    # Work on it

    def list_progress(self, rights_request: RightsRequest) -> list[Progress]:
        return []

    def describe_answering(self, rights_request: RightsRequest) -> list[str]:
        """Say what an officer must know before answering."""
        return []

    def find_uses(self, rights_request: RightsRequest) -> QuerySet[PurposeVersion]:
        """Find the uses in force that the request reaches."""
        found = catalogue.select_in_force()
        if not rights_request.scope:
            return found
        field = "purpose__code__in" if self.scope_is_purposes else "categories__code__in"
        return found.filter(**{field: rights_request.scope})

    # The answer

    def list_reasons(self, rights_request: RightsRequest, *, is_whole: bool) -> list[Reason]:
        """List the reasons for which it may be refused, whole or in part."""
        found = reasons.list_reasons(Type(rights_request.request_type))
        return [reason for reason in found if may_be_reason(rights_request, reason, is_whole=is_whole)]

    def check_granted(self, rights_request: RightsRequest, outcome: Outcome, granted: Collection[str]) -> None:
        """Check which uses stop. Raises SayWhichUses."""
        if granted:
            raise SayWhichUses

    def check_done(self, rights_request: RightsRequest, reply: Reply) -> None:
        """Refuse to call done what was not."""

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        """Tell whether an officer may choose this outcome, as far as it shows without reading what was written."""
        return True

    # Effects

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        """Say what `protect` or `perform` does once it is known whose request it is."""
        return []

    def protect(self, rights_request: RightsRequest, by: Actor) -> None:
        """Stop the use from the moment it is known whose request it is, until an officer has looked at it."""

    def take_effect(self, rights_request: RightsRequest, by: Actor) -> None:
        """Make what the answer grants hold, and announce the end of what it refuses."""
        if rights_request.outcome == Outcome.DENIED:
            marks.announce_end(rights_request, by)
        elif rights_request.outcome != Outcome.NO_DATA:
            self.protect(rights_request, by)

    def lets_use_go_on(self, rights_request: RightsRequest, mark: Mark) -> bool:
        """Tell whether the answer lets the use go on that this mark stopped."""
        return False

    def cancel_proposals(self, rights_request: RightsRequest, by: Actor) -> None:
        """Cancel what was proposed to fulfil it: answered otherwise, it must not be confirmed later."""


def may_be_reason(rights_request: RightsRequest, reason: Reason, *, is_whole: bool) -> bool:
    """Refuse nobody who is known for being unknown.

    Specific pieces may be refused in part for that alone, where the customer is known less surely than those need; then
    they are told the categories (11 CCR 7024(a)).
    """
    if rights_request.gets_kinds_instead and not is_whole:
        return reason == Reason.UNVERIFIED
    return rights_request.verified_at is None or reason not in reasons.OF_THE_UNKNOWN
