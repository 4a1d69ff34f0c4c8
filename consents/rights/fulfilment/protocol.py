"""Define what every kind of right says of itself: what it asks, what an officer does, what fulfils and effects it."""

from collections.abc import Collection
from typing import ClassVar, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Purpose, PurposeVersion
from consents.choices.models import Mark
from consents.choices.rules import ActContext, MarkKind
from consents.choices.selectors import select_marks_of_request
from consents.choices.services import marking
from consents.choices.services.marking import OWN_ACTORS
from consents.core.durations import format_local_moment
from consents.law import reasons
from consents.law.identity import Level
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.rights.models import RecipientNotice, RightsRequest
from consents.rights.refusals import NotOfThisScope, SayWhichUses
from consents.rights.rules import NewRequest, Outcome, Reply, StepState


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
            announce_end(rights_request, by)
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


def act_for_customer(by: Actor) -> Actor:
    """Let the portal carry out what staff typed in, on the word of the request: staff withdraw nothing themselves."""
    return by if by.kind in OWN_ACTORS else Actor("portal", channel="rights", evidence=by.evidence)


def place_mark(rights_request: RightsRequest, kind: MarkKind, by: Actor, purpose: str = "") -> None:
    """Stop a use, or every use without `purpose`. Repeating it changes nothing."""
    assert rights_request.customer_id
    marking.place_mark(
        customer=rights_request.customer_id,
        kind=kind,
        purpose=purpose,
        rights_request=rights_request.id,
        by=act_for_customer(by),
    )


def may_place_mark(rights_request: RightsRequest) -> bool:
    """Require a customer who is not erased and is known surely enough to stop a use.

    Where an appeal began the request anew, the check of the request before it counts.
    """
    if not rights_request.has_known_customer:
        return False
    before = rights_request.follows
    checked_at = rights_request.verified_at or (before and before.verified_at)
    return rights_request.identity_needed == Level.NOT_REQUIRED or checked_at is not None


def announce_end(rights_request: RightsRequest, by: Actor) -> None:
    """Tell the customer that the pause will end, before it does (GDPR Art 18(3)); an erased customer is not told."""
    if not rights_request.has_known_customer:
        return
    for mark in select_marks_of_request(rights_request.id):
        marking.announce_mark_lift(mark=mark.pk, by=by)


def lift_marks(rights_request: RightsRequest, by: Actor) -> None:
    """Lift everything the request had paused: the customer takes it back."""
    for mark in select_marks_of_request(rights_request.id):
        marking.lift_mark(mark=mark.pk, by=by)


def list_standing(rights_request: RightsRequest) -> list[Mark]:
    return [mark for mark in select_marks_of_request(rights_request.id) if mark.lifted_at is None]


def is_pause_standing(rights_request: RightsRequest) -> bool:
    """Return True while every use stands still for this request, whatever was answered."""
    return rights_request.request_type == Type.RESTRICTION and bool(list_standing(rights_request))


def describe_pause(rights_request: RightsRequest) -> str:
    """Say since when every use stands still for this request, or until when it did; empty where none did."""
    if rights_request.request_type != Type.RESTRICTION:
        return ""
    pause = select_marks_of_request(rights_request.id).filter(kind=MarkKind.RESTRICTION).first()
    if pause is None:
        return ""
    moments = {"first": format_local_moment(pause.placed_at), "last": format_local_moment(pause.lifted_at)}
    return (_("From %(first)s to %(last)s") if pause.lifted_at else _("Since %(first)s")) % moments


class Notices(Fulfilment):
    lists_all_notices = True

    def describe_answering(self, rights_request: RightsRequest) -> list[str]:
        told = RecipientNotice.objects.filter(customer=rights_request.customer_id)
        if rights_request.customer_id is None:
            told = RecipientNotice.objects.filter(rights_request=rights_request)
        names = sorted(set(told.values_list("recipient__name", flat=True)))
        if not names:
            return [_("Their records name nobody whom we told.")]
        return [_("They read with it whom their records say we told: %(names)s.") % {"names": ", ".join(names)}]
