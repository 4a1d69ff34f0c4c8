"""Fields that ask an officer which place counts, where a request and our record name different ones."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.core.fields import RadioField
from consents.law.kinds import Type, find_regime
from consents.law.nearest import find_nearest_right
from consents.rights.customers.forms import get_place_name
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from consents.rights.rules.inputs import PlaceReason

PLACE_FIELDS = ("place", "place_reason", "right", "record_place")


def describe_place(rights_request: RightsRequest, place: str) -> str:
    """Name the place with the law that holds there, and say whose word it is."""
    is_requested = place == rights_request.jurisdiction
    source = gettext("as the request says") if is_requested else gettext("as our record says")
    return f"{get_place_name(place)}, {source} ({find_regime(place).label})"


def describe_right(right: Type) -> str:
    """Name the right, and warn if it acts at once."""
    is_immediate = BY_TYPE[right].is_immediate
    return gettext("%(right)s: carried out at once") % {"right": right.label} if is_immediate else str(right.label)


def build_place_fields(rights_request: RightsRequest, places: dict[str, str], recorded: str) -> dict[str, forms.Field]:
    filed = Type(rights_request.request_type)
    rights = [right for place in places if (right := find_nearest_right(find_regime(place), filed))]
    return {
        "place": RadioField(
            label=_("Which place counts"),
            choices=list(places.items()),
            help_text=_("The law there holds: which right it is, and by when you answer. It is said once."),
            error_messages={"required": _("Choose which place counts."), "invalid_choice": _("Choose one of the two.")},
        ),
        "place_reason": RadioField(
            label=_("How you know"),
            choices=PlaceReason.choices,
            error_messages={"required": _("Choose how you know.")},
        ),
        "right": forms.ChoiceField(
            label=_("The right that it is by the law there"),
            choices=[(right.value, describe_right(right)) for right in dict.fromkeys([filed, *rights])],
            initial=filed.value,
            required=False,
        ),
        "record_place": forms.CharField(widget=forms.HiddenInput, initial=recorded, required=False),
    }
