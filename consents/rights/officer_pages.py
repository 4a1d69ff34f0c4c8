"""What was written in a request, which values were proposed, and the letter with a code, as an officer's pages show
them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.models import Category, Field
from consents.core.refusals import Refusal
from consents.people import selectors as people
from consents.rights.models import Correction, RightsRequest, Words
from consents.rights.rules.answers import CORRECTIONS, WhyNotCorrected
from consents.rights.selectors import there
from consents.rights.services.correcting import Proposal


class ChooseWhy(Refusal):
    status = 422
    sentence = gettext_lazy("Choose why the value is refused.")


@dataclass(frozen=True)
class Written:
    title: str
    lines: list[tuple[str, str]]


def names() -> dict[str, str]:
    return {
        "words": _("In their words"),
        "ground": _("Reason"),
        "which_entry": _("Which entry"),
        "name": _("Name"),
        "email": _("Email address"),
        "reference": _("Customer number"),
        "text": _("Text"),
    }


def written_of(said: Mapping[str, Mapping[str, Any]]) -> list[Written]:
    """Proposed values stand on a page of their own."""
    labels = names()
    shown = {
        kind: [(labels[name], str(found[name])) for name in labels if name in found] for kind, found in said.items()
    }
    return [Written(capfirst(str(Words.Kind(kind).label)), lines) for kind, lines in shown.items() if lines]


@dataclass(frozen=True)
class Value:
    """A proposed value under the labels of the catalogue, and what was decided on it."""

    place: int
    kind: str
    field: str
    right: str
    decided: Correction | None


def may_have_values(row: RightsRequest) -> bool:
    """Told without opening anything."""
    return row.request_type in CORRECTIONS and not row.is_answered


def values_of(row: RightsRequest, found: Iterable[Proposal]) -> list[Value]:
    kinds = {kind.code: kind.title for kind in Category.objects.all()}
    labels = {(field.category.code, field.key): field.label for field in Field.objects.select_related("category")}
    decided = {one.place: one for one in row.corrections.all()}
    return [
        Value(
            one.place,
            kinds.get(one.category, one.category),
            labels.get((one.category, one.field), one.field),
            one.right,
            decided.get(one.place),
        )
        for one in found
    ]


def decided_value(posted: Mapping[str, str]) -> dict[str, Any]:
    """Which value, and why not where it is refused. A made-up place is answered like one that does not exist. Raises
    ChooseWhy."""
    place, why = posted.get("place", ""), posted.get("why_not", "")
    is_refused = posted.get("decision") == "refuse"
    if is_refused and why not in WhyNotCorrected.values:
        raise ChooseWhy
    return {
        "place": int(place) if place.isdecimal() and len(place) < 5 else -1,
        "why_not": WhyNotCorrected(why) if is_refused else None,
    }


def letter_of(row: RightsRequest, code: str) -> dict[str, Any]:
    """In the customer's language, and with nothing about them but the number of their request."""
    package = there(row)
    assert row.customer and package
    return {
        "number": row.number,
        "code": code,
        "ends_at": package.ends_at,
        "language": people.language_of(row.customer),
    }
