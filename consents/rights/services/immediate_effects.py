"""Rights that are carried out the moment they are asked for: a no needs nobody's leave."""

from dataclasses import replace

from consents.choices.models import Mark
from consents.choices.rules import ActContext
from consents.choices.services.marking import OWN_ACTORS
from consents.ledger.rules import Actor
from consents.people.selectors import get_customer_language
from consents.rights.fulfilment import protocol
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RightsRequest
from consents.rights.rules import Outcome

RIGHT = "rights request"  # how the no came about, in the entry of each choice


def carry_out_right(rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
    """Carry the request out; what staff typed in counts as said by the customer, in the way it came."""
    if by.kind not in OWN_ACTORS:
        how = replace(
            how,
            language=get_customer_language(rights_request.customer) if rights_request.customer else "",
            capacity="self",
            channel=str(rights_request.channel),
            submitted_by=str(rights_request.submitted_by),
            recorded_by=by.id if by.kind == "staff" else "",
        )
    get_fulfilment(rights_request).perform(rights_request, protocol.act_for_customer(by), how)


def list_liftable(rights_request: RightsRequest) -> list[Mark]:
    """List the marks that staff may lift: all after a refusal or a withdrawal, else those of uses that may go on.

    The database says the same (`refuse_early_end_of_objection`).
    """
    standing = protocol.list_standing(rights_request)
    if rights_request.outcome in (Outcome.DENIED, Outcome.WITHDRAWN):
        return standing
    lets_go_on = get_fulfilment(rights_request).lets_use_go_on
    return [mark for mark in standing if rights_request.is_answered and lets_go_on(rights_request, mark)]
