"""Write the log of looks as CSV (RFC 4180), for a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from consents.disclosures.customers.presenting import build_activity_entry
from consents.disclosures.models import Opening
from consents.exemptions import selectors as exemptions

BYTE_ORDER_MARK = "\ufeff"  # by which Excel reads UTF-8
# Where a spreadsheet would begin a formula, also after a separator that it may take for its own.
FORMULA = re.compile(r"(^|[;,\t\r\n])(?=\s*[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])")


def render_look_table(looks: Iterable[Opening]) -> str:
    """Render the heading and one line for each look, in the reader's language and time zone."""
    shown, file = list(looks), io.StringIO()
    exempted = exemptions.map_exemptions(look.grant for look in shown if look.grant)
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(list_headings())
    writer.writerows(list_cells(build_activity_entry(look, exempted)) for look in shown)
    return BYTE_ORDER_MARK + file.getvalue()


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
    reasons = entry["about"] or {}
    cells = [
        timezone.localtime(entry["at"]).isoformat(sep=" ", timespec="seconds"),
        entry["who"],
        entry["staff_number"],
        ", ".join(entry["categories"]),
        reasons.get("what_for", ""),
        reasons.get("why_now", ""),
        reasons.get("case_number", ""),
        reasons.get("spoken", ""),
    ]
    return [FORMULA.sub(r"\1'", str(cell)) for cell in cells]
