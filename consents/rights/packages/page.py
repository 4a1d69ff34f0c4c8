"""The package as one page: opens anywhere, without network, script or our style sheet."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consents.core import countries
from consents.rights.forms import period_words
from consents.rights.models import RightsRequest
from consents.rights.packages.contents import Facts, entries
from consents.rights.packages.journal import Line, lines, names_of
from consents.rights.rules.answers import REMEDIES
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import KINDS, Regime, why_not
from consents.rights.services.recording import authorities_of, zone


def written(row: RightsRequest, facts: Facts) -> str:
    """In the active language."""
    regime, made_at = Regime(row.regime), datetime.fromisoformat(facts["made_at"])
    theirs, today = KINDS[regime].values(), day_of(made_at, zone())
    context = {
        "facts": with_names(with_moments(facts), told(row, facts)),
        "tables": [table(kind) for kind in facts["data"]],
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "rights": [str(kind.type.label) for kind in theirs if not why_not(regime, kind.type, today)],
        "zone": timezone.get_current_timezone_name(),
        "remedies": REMEDIES[regime],
        "authorities": authorities_of(regime, row.jurisdiction),
        "period": period_words(row.scope_from, row.scope_until) if row.scope_from or row.scope_until else "",
        "made_at": made_at,
    }
    return render_to_string("rights/package.html", context)


def told(row: RightsRequest, facts: Facts) -> dict[int, Line]:
    """What the entries say, by their place in the chain."""
    return lines(row.customer_id, entries(row)) if row.customer_id and "record" in facts else {}


def with_names(facts: Facts, words: dict[int, Line]) -> Facts:
    """The same in the reader's language where the file for programs has codes: countries, purposes, what happened."""
    names = names_of({one["purpose"] for one in facts.get("marks", []) if one["purpose"]})
    for one in facts["purposes"]:
        one["stored_in"] = [countries.name(code) for code in one["stored_in"]]
    if "person" in facts:
        facts["person"]["country"] = countries.name(facts["person"]["country"])
    for mark in facts.get("marks", []):
        mark["purpose"] = names.get(mark["purpose"], mark["purpose"])
    steps = [step for choice in facts.get("choices", []) for step in choice["history"]]
    for one in [*facts.get("record", []), *steps]:
        one["words"] = words[one["sequence"]]
    return facts


def table(kind: Facts) -> dict[str, Any]:
    """One kind of data as rows under the labels that have any value; of a single entry, a list of facts."""
    labels = kind.get("labels", {})
    keys = [key for key in labels if any(record.get(key) for record in kind["records"])]
    keys += sorted({key for record in kind["records"] for key in record} - set(labels))
    return kind | {
        "columns": [labels.get(key, key) for key in keys],
        "rows": [[(labels.get(key, key), record.get(key, "")) for key in keys] for record in kind["records"]],
    }


MOMENTS = frozenset(
    {"at", "since", "valid_until", "placed_at", "lifted_at", "filed_at", "from", "until", "received_at"}
)


def with_moments(part: Any) -> Any:
    """The same with each moment as a moment, so that the page writes it as the reader does."""
    if isinstance(part, list):
        return [with_moments(one) for one in part]
    if isinstance(part, dict):
        return {
            name: datetime.fromisoformat(value) if name in MOMENTS and value else with_moments(value)
            for name, value in part.items()
        }
    return part
