"""Render the package as one page that opens anywhere, without network, script or our stylesheet."""

from copy import deepcopy
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consents.catalogue.selectors import map_purpose_names
from consents.copies.contents import Facts, select_entries
from consents.copies.journal import Line, build_lines, name_any_holder
from consents.core import countries
from consents.core.durations import get_home_day
from consents.law.kinds import KINDS, Regime, explain_missing_right
from consents.law.reasons import REMEDIES
from consents.rights.customers.forms import describe_period
from consents.rights.models import RightsRequest
from consents.rights.services.recording import list_authorities


def render_page(rights_request: RightsRequest, facts: Facts) -> str:
    """Render the page in the active language."""
    regime, today = Regime(rights_request.regime), get_home_day(facts["made_at"])
    rights = KINDS[regime].values()
    context = {
        "facts": add_names(deepcopy(facts), build_words(rights_request, facts)),
        "tables": [build_table(kind) for kind in facts["data"]],
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "rights": [str(kind.type.label) for kind in rights if not explain_missing_right(regime, kind.type, today)],
        "zone": timezone.get_current_timezone_name(),
        "remedies": REMEDIES[regime],
        "authorities": list_authorities(regime, rights_request.jurisdiction),
        "period": describe_period(rights_request.scope_from, rights_request.scope_until)
        if rights_request.scope_from or rights_request.scope_until
        else "",
    }
    return render_to_string("copies/package.html", context)


def build_words(rights_request: RightsRequest, facts: Facts) -> dict[int, Line]:
    """Return the words of the entries by their place in the chain, if the copy contains the record."""
    return (
        build_lines(customer, select_entries(rights_request), name_any_holder(customer))
        if (customer := rights_request.customer_id) and "record" in facts
        else {}
    )


def add_names(facts: Facts, words: dict[int, Line]) -> Facts:
    """Replace codes of countries, purposes and events by words in the active language, in place."""
    names = map_purpose_names({item["purpose"] for item in facts.get("marks", []) if item["purpose"]})
    for item in facts["purposes"]:
        item["stored_in"] = [countries.get_country_name(code) for code in item["stored_in"]]
    if "person" in facts:
        facts["person"]["country"] = countries.get_country_name(facts["person"]["country"])
    for mark in facts.get("marks", []):
        mark["purpose"] = names.get(mark["purpose"], mark["purpose"])
    steps = [step for choice in facts.get("choices", []) for step in choice["history"]]
    for item in [*facts.get("record", []), *steps]:
        item["words"] = words[item["sequence"]]
    return facts


def build_table(kind: Facts) -> dict[str, Any]:
    """Build columns and rows of one category, leaving out fields without any value."""
    labels = kind.get("labels", {})
    keys = [key for key in labels if any(record.get(key) for record in kind["records"])]
    keys += sorted({key for record in kind["records"] for key in record} - set(labels))
    return kind | {
        "columns": [labels.get(key, key) for key in keys],
        "rows": [[(labels.get(key, key), record.get(key, "")) for key in keys] for record in kind["records"]],
    }
