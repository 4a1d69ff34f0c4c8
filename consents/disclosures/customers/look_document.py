"""The log of looks as a document to keep or to hand to somebody who checks it (PDF)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.choices.receipts.document import list_customer_facts
from consents.core.durations import format_day, format_local_moment
from consents.core.paper import Paper
from consents.disclosures.customers.presenting import group_by_day
from consents.disclosures.models import Opening
from consents.people.models import Customer

MOST_LOOKS = 500  # about sixty pages, which take a second to write


def render_look_document(
    looks: Iterable[Opening], headline: str, customer: Customer, spoken_name: str, now: datetime
) -> bytes:
    """Render the newest looks, day by day. `spoken_name`: what a representative calls the customer, if one asks."""
    newest = list(islice(looks, MOST_LOOKS + 1))
    paper = Paper(_("Who looked at your data"), now, settings.PORTAL_COMPANY)
    paper.write_facts(
        [
            (_("Company"), settings.PORTAL_COMPANY),
            *list_customer_facts(customer, spoken_name),
            (_("Made on"), f"{format_local_moment(now)} ({timezone.get_current_timezone_name()})"),
        ]
    )
    paper.ln(2)
    paper.write_lines(headline)
    if len(newest) > MOST_LOOKS:
        words = _("Only the newest %(n)d looks are here. The list for a spreadsheet holds all of them.")
        paper.write_lines(words % {"n": MOST_LOOKS})
    for day in group_by_day(newest[:MOST_LOOKS]):
        paper.write_heading(format_day(day["date"]))
        for entry in day["entries"]:
            paper.write_fact(f"{timezone.localtime(entry['at']):%H:%M}", describe_look(entry))
    return paper.finish()


def describe_look(entry: dict[str, Any]) -> str:
    """Put a look into lines: who, what, what for and why."""
    reasons = entry["about"] or {}
    number = entry["staff_number"]
    lines = [
        f"{entry['who']} ({_('Staff number')} {number})" if number else entry["who"],
        ", ".join(entry["categories"]) or _("All of it, as an own copy"),
        f"{_('What for')}: {reasons['what_for']}" if reasons else "",
        f"{_('Why now')}: {reasons['why_now']}. {reasons['sentence']}" if reasons else "",
        f"{_('Case')}: {reasons['case_number']}" if reasons.get("case_number") else "",
        f"{_('How it was answered')}: {reasons['spoken']}" if reasons.get("spoken") else "",
    ]
    return "\n".join(line for line in lines if line)
