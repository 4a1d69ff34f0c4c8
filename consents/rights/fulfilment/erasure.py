"""Rectification and correction: each proposed value is written into the vault or refused."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.catalogue.models import Category
from consents.core.refusals import Unknown
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.people import selectors as people
from consents.people.models import LegalHold
from consents.people.services import erasing as people_erasing
from consents.rights import words
from consents.rights.fulfilment.protocol import Fulfilment, Progress, get_step_state
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import NotCorrected, NotErased
from consents.rights.rules import GRANTED, NewRequest, Outcome, Reply, StepState
from consents.vault import selectors as parts
from consents.vault.models import PartErasure
from consents.vault.services import erasing as vault_erasing

# Erasure and deletion: two officers erase the customer whole, or some categories; that answers the request.

ERASURES = (Type.ERASURE, Type.DELETION)


class Erasure(Fulfilment):
    questions = ("kinds",)
    intake_field = "kinds"
    is_erasure = True
    needs_every_holder = True
    is_passed_on = True

    def list_progress(self, rights_request: RightsRequest) -> list[Progress]:
        waits = has_proposed_erasure(rights_request) or find_proposed_part(rights_request) is not None
        state = get_step_state(rights_request, is_done=waits or rights_request.outcome in GRANTED)
        if state == StepState.OPEN and find_outcome(rights_request) is not None:
            state = StepState.DONE
        text = ""
        if state == StepState.OPEN:
            proposes = _("One officer proposes, all or a part; another erases: that answers it.")
            text = describe_hold(rights_request) or proposes
        return [Progress(_("Erasure proposed"), text, state, "erasure_proposed")]

    def describe_answering(self, rights_request: RightsRequest) -> list[str]:
        proposes = _("To delete, propose it, whole or in part: carried out, that answers the request.")
        return [describe_hold(rights_request) or proposes]

    def check_done(self, rights_request: RightsRequest, reply: Reply) -> None:
        """Require the outcome of what was carried out, and of a part the law that keeps the rest."""
        if reply.outcome not in GRANTED:
            return
        done = parts.get_done_erasure(rights_request.pk)
        rests_on_it = done is None or not done.kept or (reply.reason, reply.law) == (Reason.LEGAL, done.law)
        if reply.outcome != find_outcome(rights_request) or not rests_on_it:
            raise NotErased

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return outcome in (Outcome.NO_DATA, find_outcome(rights_request))

    def cancel_proposals(self, rights_request: RightsRequest, by: Actor) -> None:
        if customer := rights_request.customer_id:
            people_erasing.cancel_requested_erasure(customer=customer, by=by)
            vault_erasing.drop_part_erasures(customer=customer, rights_request=rights_request.pk, by=by)


def find_outcome(rights_request: RightsRequest) -> Outcome | None:
    """Find what an erasure came to that did not answer the request itself: after a restore, or for another reason."""
    if rights_request.has_erased_customer:
        return Outcome.COMPLIED_WHOLE
    done = parts.get_done_erasure(rights_request.pk)
    if done is None:
        return None
    return Outcome.COMPLIED_PART if done.kept else Outcome.COMPLIED_WHOLE


def find_hold(rights_request: RightsRequest) -> LegalHold | None:
    """Find the legal hold that forbids to erase the customer, the longest if there are several."""
    customer = rights_request.customer_id
    return people.select_legal_holds(customer).first() if customer else None


def describe_hold(rights_request: RightsRequest) -> str:
    """Say why the customer cannot be erased now, and until when at least; '' without a hold."""
    hold = find_hold(rights_request)
    return str(people_erasing.UnderLegalHold(hold)) if hold else ""


def has_proposed_erasure(rights_request: RightsRequest) -> bool:
    """Tell whether erasing the whole customer waits for a second officer."""
    if rights_request.request_type not in ERASURES or rights_request.is_answered:
        return False
    return people.select_proposed_erasures().filter(customer=rights_request.customer_id).exists()


def find_proposed_part(rights_request: RightsRequest) -> PartErasure | None:
    """Find the partial erasure that waits for a second officer. Most rights ask for none, and nothing is looked up."""
    return parts.get_proposed_erasure(rights_request.pk) if rights_request.request_type in ERASURES else None


class Proposal(NamedTuple):
    """A value that should read otherwise, with its place among those of its request and codes of category and field."""

    place: int
    category: str
    field: str
    right: str


class Correction(Fulfilment):
    questions = ("category", "correction")
    takes_words = False
    has_proposals = True
    needs_every_holder = True
    is_passed_on = True

    def is_repeated_by(self, still_open: RightsRequest, new: NewRequest) -> bool:
        """Treat another value to correct as another request."""
        return bool(read_proposals(still_open) == new.said.get("proposals", []))

    def list_progress(self, rights_request: RightsRequest) -> list[Progress]:
        asked, decided = len(list_proposals(rights_request)), rights_request.correction_set.count()
        text = ngettext("%(n)d of %(of)d value decided", "%(n)d of %(of)d values decided", asked)
        # The values of an erased customer can no longer be counted; what was decided on them can.
        state = get_step_state(rights_request, is_done=0 < decided >= asked)
        if state == StepState.OPEN and rights_request.has_erased_customer:
            return [
                Progress(_("Proposed values looked at"), _("Gone with the customer’s data"), StepState.NOT_NEEDED, None)
            ]
        return [Progress(_("Proposed values looked at"), text % {"n": decided, "of": asked}, state, "value_decided")]

    def check_done(self, rights_request: RightsRequest, reply: Reply) -> None:
        if reply.outcome not in GRANTED:
            return
        accepted = rights_request.correction_set.filter(is_accepted=True).count()
        is_whole = reply.outcome == Outcome.COMPLIED_WHOLE
        if not accepted or (is_whole and accepted < len(read_proposals(rights_request))):
            raise NotCorrected

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        if outcome == Outcome.NO_DATA:
            return True
        decided = set(rights_request.correction_set.values_list("is_accepted", flat=True))
        return True in decided and (outcome == Outcome.COMPLIED_PART or False not in decided)


def read_proposals(rights_request: RightsRequest) -> list[dict[str, str]]:
    """Open the proposals with the customer's key; none once they are erased."""
    return list(words.open_statement(rights_request, Statement.Kind.ASKED).get("proposals", []))


def describe_proposals(said: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the ledger how many values are said to be wrong, and which, as `category.field` in the catalogue's codes."""
    proposals = said.get("proposals", [])
    fields = sorted({f"{proposal['category']}.{proposal['field']}" for proposal in proposals})
    return {"proposals": len(proposals)} | ({"fields": fields} if fields else {})


def list_proposals(rights_request: RightsRequest) -> list[Proposal]:
    """List the proposed values, whatever was decided on them; none for another right or an erased customer."""
    if rights_request.request_type not in (Type.RECTIFICATION, Type.CORRECTION):
        return []
    said = enumerate(read_proposals(rights_request))
    return [Proposal(place, one["category"], one["field"], one["right"]) for place, one in said]


def get_proposal(rights_request: RightsRequest, place: int) -> tuple[Proposal, Category]:
    """Return the proposed value at this place, with its category. Raises Unknown."""
    proposal = next((offered for offered in list_proposals(rights_request) if offered.place == place), None)
    category = Category.objects.filter(code=proposal.category).first() if proposal else None
    if proposal is None or category is None:
        raise Unknown
    return proposal, category


def has_undecided_values(rights_request: RightsRequest) -> bool:
    """Return True while no officer has decided on one of the proposed values."""
    return rights_request.correction_set.count() < len(list_proposals(rights_request))


class Copy(Fulfilment):
    """The room of copies makes the copy once the request is granted; no officer reads it."""

    has_copy = True
    needs_every_holder = True

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return not (rights_request.gets_kinds_instead and outcome == Outcome.COMPLIED_WHOLE)


class CopyOfPeriod(Copy):
    questions = ("period",)


class Categories(Copy):
    needs_every_holder = False
    tells_practices = True


class SpecificPieces(Copy):
    """Someone identified less surely than this right needs gets the categories instead (11 CCR 7024(a))."""

    questions = ("period",)
    tells_practices = True
    allows_lesser_identity = True
