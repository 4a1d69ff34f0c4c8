"""The opt-outs of California: of sale and sharing, of uses of sensitive data, of automated decisions."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import withdrawing
from consents.ledger.rules import Actor
from consents.rights.fulfilment import marks
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest


class OptOutOfSale(Fulfilment):
    takes_words = False
    own_page = "opt_out"
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [_("Sale and sharing of this customer’s data stop at once. That answers the request.")]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        assert rights_request.customer_id
        withdrawing.opt_out_of_sale(customer=rights_request.customer_id, by=by, how=how)

    def find_uses(self, rights_request: RightsRequest) -> QuerySet[PurposeVersion]:
        return catalogue.select_in_force().filter(sale=True)


class Limit(Fulfilment):
    takes_words = False
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("Sensitive data is used from now on only for what the customer allows. That answers the request."),
            _("The access that colleagues have to it now ends, and requests for it that wait are denied."),
        ]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        marks.place_mark(rights_request, MarkKind.LIMIT, by)

    def find_uses(self, rights_request: RightsRequest) -> QuerySet[PurposeVersion]:
        return catalogue.select_in_force().filter(categories__sensitive=True)


class OptOutOfAutomatedDecisions(Fulfilment):
    """An officer carries it out: no automated decision is made in the portal."""

    takes_words = False
    is_passed_on = True
