"""Withdrawal of consent, done the moment it is asked for (GDPR Art 7(3))."""

from django.utils.translation import gettext as _

from consents.choices.rules import ActContext
from consents.choices.services import withdrawing
from consents.ledger.rules import Actor
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest


class Withdrawal(Fulfilment):
    questions = ("purposes",)
    takes_words = False
    scope_is_purposes = True
    intake_field = "withdrawn"
    own_page = "choices:list"
    is_immediate = True
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("The consent is withdrawn at once. That answers the request."),
            _("The access that colleagues have for it now ends, and requests for access that wait are called off."),
        ]

    def perform(self, rights_request: RightsRequest, by: Actor, how: ActContext) -> None:
        assert rights_request.customer_id
        for purpose in rights_request.scope:
            withdrawing.withdraw_consent(customer=rights_request.customer_id, purpose=purpose, by=by, how=how)
        if not rights_request.scope:
            withdrawing.withdraw_all_consents(customer=rights_request.customer_id, by=by, how=how)
