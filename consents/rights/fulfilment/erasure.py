"""Erasure and deletion: two officers erase the customer whole, or some categories; that answers the request."""

from django.utils.translation import gettext as _

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.people import selectors as people
from consents.people.models import LegalHold
from consents.people.services import erasing as people_erasing
from consents.rights.fulfilment.protocol import Fulfilment, Progress, get_step_state
from consents.rights.models import RightsRequest
from consents.rights.refusals import NotErased
from consents.rights.rules.answers import GRANTED, Outcome, StepState
from consents.rights.rules.inputs import Reply
from consents.vault import selectors as parts
from consents.vault.models import PartErasure
from consents.vault.services import erasing as vault_erasing

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
