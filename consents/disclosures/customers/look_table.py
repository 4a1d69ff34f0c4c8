"""The form that narrows the log of looks: a period or whole days, a person, a kind of data, words."""

import csv
import io
from collections.abc import Generator, Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from consents.choices.receipts.document import list_customer_facts
from consents.core.charts import BELOW, PLOT, STEP, TOP, Chart, Table, build_columns, get_middle
from consents.core.durations import format_day, format_local_moment
from consents.core.forms import get_choice_field
from consents.core.grouped_ids import escape_cell
from consents.core.paper import Paper
from consents.disclosures import selectors
from consents.disclosures.customers.presenting import build_activity_entry, group_by_day
from consents.disclosures.models import Opening
from consents.disclosures.selectors import MONTHS_SHOWN, LookQuery, LookSurroundings
from consents.exemptions.models import Exemption
from consents.people.models import Customer


def build_look_chart(counted: list[tuple[date, int]]) -> Chart | None:
    """Build the chart of the year that ends with the last month in which somebody looked; None without any look."""
    if not counted:
        return None
    looks, months, language = dict(counted), list_months_until(counted[-1][0]), get_language()
    values = [looks.get(month, 0) for month in months]
    total = sum(values)
    return Chart(
        key="looks",
        title=ngettext("%(n)d look in these 12 months", "%(n)d looks in these 12 months", total) % {"n": total},
        about=_("One column for each month, as high as the number of looks by our staff. The table has the numbers."),
        table=Table([_("Month"), _("Looks")], [(name_month(month), looks.get(month, 0)) for month in months]),
        template="components/look_columns.html",
        height=TOP + PLOT + BELOW,
        shapes={
            "columns": build_columns(values, max(values)),
            "labels": [(abbreviate_month(language, month), get_middle(place)) for place, month in enumerate(months)],
        },
        width=STEP * MONTHS_SHOWN,
    )


@lru_cache(maxsize=256)
def abbreviate_month(_language: str | None, month: date) -> str:
    return date_format(month, "M")


def list_months_until(last: date) -> list[date]:
    """List the first days of twelve months, oldest first."""
    count = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count - MONTHS_SHOWN + 1, count + 1)]


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


PERIODS = [("", gettext_lazy("All time")), ("7", gettext_lazy("Last 7 days")), ("30", gettext_lazy("Last 30 days"))]
DAY = timedelta(days=1)


class ActivityFilterForm(forms.Form):
    days = forms.ChoiceField(label=gettext_lazy("Period"), choices=PERIODS, required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("What was opened"), required=False)
    start = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    words = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)

    def __init__(self, around: LookSurroundings, began: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate(around.now)
        months = list_months(timezone.localdate(began), self.today)
        get_choice_field(self, "days").choices = [
            *PERIODS,
            *((f"{month:%Y-%m}", name_month(month)) for month in months),
        ]
        get_choice_field(self, "person").choices = [("", _("Everybody")), *around.people]
        get_choice_field(self, "category").choices = [("", _("Everything")), *around.categories]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end < start:
            self.add_error("end", _("“Until” cannot be before “From”."))
        return cleaned

    def build_query(self) -> LookQuery:
        """Build what to look for; everything where the form is not valid."""
        said = self.cleaned_data if self.is_valid() else {}
        first, last = find_days(said, self.today)
        return LookQuery(
            since=find_midnight(first) if first else None,
            until=find_midnight(last + DAY) if last and last < date.max else None,
            category=said.get("category", ""),
            person=said.get("person", ""),
            words=said.get("words", ""),
        )

    def get_period(self) -> str:
        """Return the period that was chosen; '' where days that were typed count instead."""
        said = self.cleaned_data if self.is_valid() else {}
        return "" if said.get("start") or said.get("end") else str(said.get("days", ""))


def find_days(said: dict[str, Any], today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day: as typed, else those of the period, today among them."""
    if said.get("start") or said.get("end"):
        return said.get("start"), said.get("end")
    period = said.get("days", "")
    if not period:
        return None, None
    if "-" not in period:
        return today - DAY * (int(period) - 1), None
    first = date.fromisoformat(f"{period}-01")
    return first, (first + 31 * DAY).replace(day=1) - DAY


def find_midnight(day: date) -> datetime:
    """Return when this day begins where the page tells its times."""
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def list_months(began: date, today: date) -> list[date]:
    """List the first days of this month and those before it, back to where the log begins; of two years at most."""
    months: list[date] = []
    month = today.replace(day=1)
    while month >= began.replace(day=1) and len(months) < 24:
        months.append(month)
        month = (month - DAY).replace(day=1)
    return months


def name_month(month: date) -> str:
    return name_month_in(get_language(), month.year, month.month)


@lru_cache(maxsize=256)
def name_month_in(_language: str | None, year: int, month: int) -> str:
    """Name it in the active language: a page has up to three dozen months."""
    return pgettext("month and year", "%(month)s %(year)s") % {"month": MONTHS[month], "year": year}


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
