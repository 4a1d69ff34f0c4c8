"""Write the log of looks as CSV (RFC 4180), for a spreadsheet."""

import csv
import io
from collections.abc import Generator
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.core.formulas import escape_cell
from consents.disclosures import selectors
from consents.disclosures.customers.presenting import build_activity_entry
from consents.disclosures.models import Opening
from consents.exemptions.models import Exemption

BYTE_ORDER_MARK = "\ufeff"  # by which Excel reads UTF-8


def write_look_table(looks: QuerySet[Opening]) -> Generator[str]:
    """Yield the heading and one line for each look, in the reader's language and time zone."""
    headings = [
        _("When"),
        _("Who looked"),
        _("Staff number"),
        _("What was opened"),
        _("What for"),
        _("Why now"),
        _("Case"),
        _("How it was answered"),
    ]
    yield BYTE_ORDER_MARK + write_line(headings)
    for part in selectors.describe_in_parts(looks, write_cells):
        yield "".join(f'"{write_moment(at)}",{cells}' for at, cells in part)


def write_line(cells: list[str]) -> str:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow(cells)
    return file.getvalue()


def write_moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds")


def write_cells(look: Opening, exempted: dict[UUID, Exemption]) -> str:
    """Write what a line says after its moment."""
    entry = build_activity_entry(look, exempted)
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
    return write_line([escape_cell(str(cell)) for cell in cells])
