"""Rectification and correction: each proposed value is written into the vault or refused."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.catalogue.models import Category
from consents.core.refusals import Unknown
from consents.law.kinds import Type
from consents.rights import words
from consents.rights.fulfilment.protocol import Fulfilment, Progress, get_step_state
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import NotCorrected
from consents.rights.rules.answers import GRANTED, Outcome, StepState
from consents.rights.rules.inputs import NewRequest, Reply


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
