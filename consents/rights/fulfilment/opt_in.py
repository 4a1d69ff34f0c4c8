"""Allowing a sale again: only by the customer, signed in, in two steps (11 CCR 7028(a))."""

from consents.choices import selectors as choices
from consents.choices.rules import YES
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest
from consents.rights.refusals import NotAllowedAgain
from consents.rights.rules.answers import GRANTED, Outcome
from consents.rights.rules.inputs import Reply


class OptIn(Fulfilment):
    own_page = "choices:list"
    is_only_theirs = True

    def check_done(self, rights_request: RightsRequest, reply: Reply) -> None:
        if reply.outcome in GRANTED and not has_allowed_sale(rights_request):
            raise NotAllowedAgain

    def may_be_called(self, rights_request: RightsRequest, outcome: Outcome) -> bool:
        return outcome == Outcome.NO_DATA or has_allowed_sale(rights_request)


def has_allowed_sale(rights_request: RightsRequest) -> bool:
    """Tell whether a yes to a sale stands."""
    customer = rights_request.customer_id
    stands = choices.get_sale_standing(customer).purposes if customer else []
    return any(status in YES for status, _despite in stands)
