"""Write the log of looks as CSV (RFC 4180), for a spreadsheet."""

import csv
import io
import re
from collections.abc import Generator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.disclosures import selectors
from consents.disclosures.customers.presenting import build_activity_entry
from consents.disclosures.models import Opening
from consents.disclosures.selectors import LookAlike
from consents.exemptions import selectors as exemptions

BYTE_ORDER_MARK = "\ufeff"  # by which Excel reads UTF-8
# Where a spreadsheet would begin a formula, also after a separator that it may take for its own.
FORMULA = re.compile(r"(^|[;,\t\r\n])(?=\s*[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])")


def write_look_table(looks: QuerySet[Opening]) -> Generator[str]:
    """Yield the heading and one line for each look, in the reader's language and time zone.

    All but the moment is the same for each look under one grant at one kind of data, and is put into words once.
    """
    yield BYTE_ORDER_MARK + write_line(list_headings())
    said: dict[LookAlike, str] = {}
    for part in selectors.read_in_parts(looks):
        alike = {look.alike: look.id for look in part}
        said = {key: said[key] for key in alike if key in said}
        said |= describe_alike(looks, {key: id for key, id in alike.items() if key not in said})
        yield "".join(f'"{write_moment(look.at)}",{said[look.alike]}' for look in part)


def describe_alike(looks: QuerySet[Opening], examples: dict[LookAlike, UUID]) -> dict[LookAlike, str]:
    """Write the cells after the moment for each of these, of which one look is given. Five queries at most."""
    shown = {look.pk: look for look in looks.filter(pk__in=examples.values())} if examples else {}
    exempted = exemptions.map_exemptions(look.grant for look in shown.values() if look.grant)
    return {alike: write_line(list_cells(build_activity_entry(shown[id], exempted))) for alike, id in examples.items()}


def write_line(cells: list[str]) -> str:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow(cells)
    return file.getvalue()


def write_moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds")


def list_headings() -> list[str]:
    return [
        _("When"),
        _("Who looked"),
        _("Staff number"),
        _("What was opened"),
        _("What for"),
        _("Why now"),
        _("Case"),
        _("How it was answered"),
    ]


def list_cells(entry: dict[str, Any]) -> list[str]:
    """List what a line says after its moment."""
    reasons = entry["about"] or {}
    cells = [
        entry["who"],
        entry["staff_number"],
        ", ".join(entry["categories"]),
        reasons.get("what_for", ""),
        reasons.get("why_now", ""),
        reasons.get("case_number", ""),
        reasons.get("spoken", ""),
    ]
    return [FORMULA.sub(r"\1'", str(cell)) for cell in cells]
