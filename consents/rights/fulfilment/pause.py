"""Restriction: the data is kept, and not used while an officer looks at the ground (GDPR Art 18)."""

from django.utils.translation import gettext as _

from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.ledger.rules import Actor
from consents.rights.fulfilment import marks
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.models import RightsRequest


class Pause(Fulfilment):
    questions = ("ground",)
    is_passed_on = True

    def describe_effect_at_once(self, rights_request: RightsRequest) -> list[str]:
        return [
            _("Every use of this customer’s data is paused at once, until an officer lifts the pause."),
            _("The access that colleagues have now ends, and requests for access that wait are denied."),
        ]

    def protect(self, rights_request: RightsRequest, by: Actor) -> None:
        """Pause every use while the ground is checked (Art 18(1)(a))."""
        if marks.may_place_mark(rights_request):
            marks.place_mark(rights_request, MarkKind.RESTRICTION, by)

    def lets_use_go_on(self, rights_request: RightsRequest, mark: Mark) -> bool:
        """Let a pause end once its request was answered, after the customer was told (Art 18(3))."""
        return True
