"""An act of an officer on a request: when it is possible, what it asks and says first, which service it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from consents.people.models import StaffMember
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RightsRequest
from consents.rights.selectors import has_officer
from consents.rights.services.emails import is_reachable


class ActForm(forms.Form):
    """A form for an act on one request."""

    def __init__(
        self, rights_request: RightsRequest, data: Any = None, begun: Mapping[str, list[str]] | None = None
    ) -> None:
        """Build the form. `begun`: what was typed before and is shown again, unchecked."""
        super().__init__(data)
        self.rights_request = rights_request
        self.fit(rights_request)
        self.order_fields(self.field_order)
        for name, values in (begun or {}).items():
            if name in self.fields:
                is_many = isinstance(self.fields[name], forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
                self.initial[name] = values if is_many else values[-1]

    def fit(self, rights_request: RightsRequest) -> None:
        """Offer what this request allows."""

    def fit_reader(self, officer: StaffMember) -> None:
        """Offer what this officer may choose."""


def describe_nothing(rights_request: RightsRequest) -> list[Any]:
    return []


@dataclass(frozen=True)
class OfficerAct:
    """Describes an act for its page, which shows and does what stands here.

    `do`: the service, which gets `rights_request`, `officer`, `by` and what the form's `clean` returns; instead of
    `who`, which names a customer, that `customer`. `unreached`: said instead of `done` where no email arrives.
    `effects`: what will happen, in sentences, before the button is pressed. `is_read_first`: the officer sees it as the
    customer will. `starts`: the button's words where the act starts what the right has happen at once. `letter`: what
    to send to others. `asks`: a page asks before it is done. `tells`: what came of it, in sentences. `basis`: what a
    second officer decides on. `leads_to`: the act whose page comes next, empty for the record. `is_work`: whoever does
    it works on the request from then on.
    """

    name: str
    label: Any
    title: Any
    done: Any
    is_possible: Callable[[RightsRequest], bool]
    do: Callable[..., object]
    form: type[ActForm] | None = None
    effects: Callable[[RightsRequest], list[str]] = describe_nothing
    is_read_first: bool = False
    starts: Callable[[RightsRequest], str] | None = None
    letter: Callable[[RightsRequest], list[str]] = describe_nothing
    asks: bool = True
    tells: Callable[[RightsRequest], list[str]] = describe_nothing
    basis: Callable[[RightsRequest], list[tuple[str, Any]]] = describe_nothing
    leads_to: Callable[[RightsRequest], str] | None = None
    unreached: Any = ""
    is_work: bool = False

    def list_effects(self, rights_request: RightsRequest, officer: StaffMember) -> list[str]:
        """List what will happen, also to the work of the colleague who has the request."""
        handler = rights_request.handler
        if not self.is_work or handler is None or handler.pk == officer.pk or not has_officer(rights_request):
            return self.effects(rights_request)
        moves = _("%(name)s works on it now. If you do this, it is yours from then on.")
        return [*self.effects(rights_request), moves % {"name": handler.get_full_name()}]

    def get_button(self, rights_request: RightsRequest) -> Any:
        """Name what pressing it does, beyond its label."""
        return self.starts(rights_request) if self.is_starting(rights_request) and self.starts else self.label

    def get_done(self, rights_request: RightsRequest) -> Any:
        if self.is_starting(rights_request):
            return _("On record, with everything that takes effect at once.")
        return self.unreached if self.unreached and not is_reachable(rights_request) else self.done

    def is_starting(self, rights_request: RightsRequest) -> bool:
        return self.starts is not None and bool(get_fulfilment(rights_request).describe_effect_at_once(rights_request))
