"""Prepare what was written and which values were proposed for an officer's pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from consents.catalogue.models import Category, Field
from consents.core.refusals import NotValid, Refusal
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.fulfilment.correction import list_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import Correction, RightsRequest, Statement
from consents.rights.refusals import IdentityFirst
from consents.rights.rules.answers import WhyNotCorrected
from consents.rights.services.looking import look_at_value
from consents.rights.services.sharing import HoldersFirst, list_missing_holders
from consents.vault.services.storing import NoSuchRecord


class ChooseWhy(NotValid):
    sentence = gettext_lazy("Choose why the value is refused.")


STATEMENT_LABELS = {
    "words": gettext_lazy("In their words"),
    "ground": gettext_lazy("Reason"),
    "which_entry": gettext_lazy("Which entry"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email address"),
    "reference": gettext_lazy("Customer number"),
    "text": gettext_lazy("Text"),
}


def build_written_statements(said: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[tuple[Any, str]]]]:
    """Return what was written as (title, lines); proposed values stand on a page of their own."""
    shown = {
        kind: [(label, str(found[name])) for name, label in STATEMENT_LABELS.items() if name in found]
        for kind, found in said.items()
    }
    return [(capfirst(str(Statement.Kind(kind).label)), lines) for kind, lines in shown.items() if lines]


@dataclass(frozen=True)
class ProposedValue:
    """A proposed value under the labels of the catalogue, and what was decided on it."""

    place: int
    kind: str
    field: str
    right: str
    decided: Correction | None
    # What stands now, and instead of it why it is not shown.
    now: str = ""
    closed: str = ""
    # Why it cannot be saved, whoever presses.
    obstacle: str = ""


def may_have_values(rights_request: RightsRequest) -> bool:
    """Return True if there may be values, without opening anything."""
    return get_fulfilment(rights_request).has_proposals and not rights_request.is_answered


def list_proposed_values(rights_request: RightsRequest) -> list[ProposedValue]:
    kinds = {kind.code: kind.title for kind in Category.objects.all()}
    labels = {(field.category.code, field.key): field.label for field in Field.objects.select_related("category")}
    decided = {one.place: one for one in rights_request.correction_set.all()}
    return [
        ProposedValue(
            one.place,
            kinds.get(one.category, one.category),
            labels.get((one.category, one.field), one.field),
            one.right,
            decided.get(one.place),
        )
        for one in list_proposals(rights_request)
    ]


def show_beside(rights_request: RightsRequest, value: ProposedValue, officer: StaffMember, by: Actor) -> ProposedValue:
    """Look at what stands now, on record, to put it beside a value that is not decided on."""
    if value.decided is not None:
        return value
    if list_missing_holders(rights_request, None):
        value = replace(value, obstacle=str(HoldersFirst()))
    try:
        now = look_at_value(rights_request=rights_request.pk, place=value.place, officer=officer, by=by)
    except (IdentityFirst, NoSuchRecord) as refusal:
        return replace(value, closed=str(refusal), obstacle=str(refusal))
    except Refusal as refusal:
        return replace(value, closed=str(refusal))
    return replace(value, now=now)


def parse_decision(posted: Mapping[str, str]) -> dict[str, Any]:
    """Return the value's place, and why it is refused, if it is. A malformed place counts as one that does not exist.
    Raises ChooseWhy."""
    place, why = posted.get("place", ""), posted.get("why_not", "")
    is_refused = posted.get("decision") == "refuse"
    if is_refused and why not in WhyNotCorrected.values:
        raise ChooseWhy
    return {
        "place": int(place) if place.isdecimal() and len(place) < 5 else -1,
        "why_not": WhyNotCorrected(why) if is_refused else None,
    }
