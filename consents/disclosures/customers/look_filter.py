"""The form that narrows the log of looks: a period or whole days, a person, a kind of data, words."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from consents.core.forms import get_choice_field
from consents.disclosures.selectors import LookQuery, LookSurroundings

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
