"""Describe an export for people who have only its file: what it holds, who took it, why, and how to check it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.exports import manifests
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import Dataset


def describe_days(first: date, until: date) -> str:
    """Describe whole days, `until` not included, by the first and the last of them: “1 Jan to 31 Dec 2025”."""
    last = until - timedelta(days=1)
    day, day_of_year = pgettext("short date format", "j M Y"), pgettext("short date format", "j M")
    if first == last:
        return date_format(first, day)
    begins = date_format(first, day_of_year if first.year == last.year else day)
    return _("%(first)s to %(last)s") % {"first": begins, "last": date_format(last, day)}


def describe_filters(export: Export) -> str:
    filters = {known.name: known for known in DESCRIPTIONS[Dataset(export.dataset)].filters}
    return "; ".join(
        f"{filters[name].label}: {dict(filters[name].choices).get(value, value)}"
        for name, value in export.chosen.items()
        if name in filters
    )


def list_cover_facts(export: Export, at: str, ledger: dict[str, Any]) -> list[tuple[str, str]]:
    """Return labels and values; those without a value are left out. `at`: when the rows were read; `ledger`: its state.

    The file cannot hold its own digest: it says where that stands.
    """
    return [(label, value) for label, value in iterate_facts(export, at, ledger) if value]


def iterate_facts(export: Export, at: str, ledger: dict[str, Any]) -> Iterator[tuple[str, str]]:
    description = DESCRIPTIONS[Dataset(export.dataset)]
    yield _("Company"), f"{settings.PORTAL_COMPANY}, {settings.PORTAL_URL}"
    yield _("Records"), f"{description.title} ({export.dataset}, {export.version})"
    yield _("Law"), description.law
    yield _("Period"), f"{describe_days(export.from_date, export.until_date)} ({export.time_zone})"
    yield _("Filters"), describe_filters(export)
    yield _("Personal columns"), _("Included") if export.personal else _("Left empty")
    yield _("What it is for"), export.reason
    yield _("Requested by"), str(export.made_by_id) if export.made_by_id else _("command line")
    yield _("Approved by"), str(export.approval.approved_by_id) if hasattr(export, "approval") else ""
    yield _("Rows read at"), at
    yield _("Export"), str(export.id)
    yield _("Newest ledger entry"), str(ledger["newest_entry"])
    yield _("Signed state of the ledger"), ledger["checkpoint"] or ""
    yield (
        _("How to check it"),
        _(
            "The number of rows, the SHA-256 of this file and the company’s signature stand in %(name)s, which the"
            " package (ZIP) of this export holds beside it."
        )
        % {"name": manifests.NAME},
    )
