"""An act of an officer on a request: when it is possible, what it asks and says first, which service it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RightsRequest
from consents.rights.selectors import has_officer
from consents.rights.services.emails import is_reachable
from consents.rights.staff import forms


@dataclass(frozen=True)
class ActInput:
    """The input of an act: the request, what the officer typed, the officer; `customer` whose number was typed."""

    rights_request: RightsRequest
    answers: dict[str, Any]
    officer: StaffMember
    by: Actor
    customer: UUID | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        return {"rights_request": self.rights_request.pk, "officer": self.officer, "by": self.by}


def describe_nothing(rights_request: RightsRequest) -> list[str]:
    return []


def lead_to_record(rights_request: RightsRequest) -> str:
    return ""


def list_nothing(rights_request: RightsRequest) -> list[tuple[str, Any]]:
    return []


@dataclass(frozen=True)
class OfficerAct:
    """Describes an act for its page, which shows and does what stands here.

    `unreached`: said instead of `done` where no email arrives. `effects`: what will happen, in sentences, before the
    button is pressed. `is_read_first`: the officer sees it as the customer will. `starts`: the button's words where the
    act starts what the right has happen at once. `letter`: what to send to others. `asks`: a page asks before it is
    done. `tells`: what came of it, in sentences. `basis`: what a second officer decides on. `leads_to`: the act whose
    page comes next, empty for the record. `is_work`: whoever does it works on the request from then on.
    """

    name: str
    label: Any
    title: Any
    done: Any
    is_possible: Callable[[RightsRequest], bool]
    do: Callable[[ActInput], object]
    form: type[forms.ActForm] | None = None
    effects: Callable[[RightsRequest], list[str]] = describe_nothing
    is_read_first: bool = False
    starts: Callable[[RightsRequest], str] | None = None
    letter: Callable[[RightsRequest], list[str]] = describe_nothing
    asks: bool = True
    tells: Callable[[RightsRequest], list[str]] = describe_nothing
    basis: Callable[[RightsRequest], list[tuple[str, Any]]] = list_nothing
    leads_to: Callable[[RightsRequest], str] = lead_to_record
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
