"""Put the published numbers into words: a hidden number says that it is hidden, never that it is zero."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from consents.core.counts import format_number
from consents.core.durations import describe_duration
from consents.insights.customers import promises
from consents.insights.figures import Figure, find_month_bounds
from consents.insights.selectors.month_counts import PublishedMonth

FORMAT = "consent-trust/1"
# In the order in which things happen.
NAMES = {
    Figure.ASKED: gettext_lazy("Requests to see a customer’s data"),
    Figure.ALLOWED: gettext_lazy("Allowed in full"),
    Figure.PARTLY: pgettext_lazy("requests", "Allowed in part"),
    Figure.DENIED: pgettext_lazy("requests", "Refused"),
    Figure.UNANSWERED: gettext_lazy("Not answered, so refused"),
    Figure.LOOKS: gettext_lazy("Looks at data"),
    Figure.EXEMPTIONS: gettext_lazy("Access without an answer, in an emergency or because a law demands it"),
    Figure.OPENED_AFTER_NO: gettext_lazy("Of these, within 30 days of a customer’s no"),
    Figure.REFUSED_TRIES: gettext_lazy("Tries to look that were refused"),
}
IN_TABLE = (Figure.ASKED, Figure.ALLOWED, Figure.PARTLY, Figure.DENIED, Figure.UNANSWERED, Figure.LOOKS)


class NumberLine(NamedTuple):
    name: str
    number: str
    is_hidden: bool


def build_month(month: PublishedMonth) -> dict[str, Any]:
    lines = [
        NumberLine(str(name), describe_number(number), number is None)
        for figure, name in NAMES.items()
        for number in [month.figures.get(figure)]
    ]
    time = NumberLine(_("Half of the answers came within"), describe_answer_time(month), month.answer_minutes is None)
    return {
        "name": describe_month(month.month),
        "lines": [*lines[:5], time, *lines[5:]],
        "cells": [line for figure, line in zip(NAMES, lines, strict=True) if figure in IN_TABLE],
        "minimum": month.minimum,
        "has_hidden": time.is_hidden or any(line.is_hidden for line in lines),
        "entry": month.entry,
        "published_at": month.published_at,
    }


def describe_month(month: str) -> str:
    return date_format(find_month_bounds(month)[0], pgettext("month format", "F Y"))


def describe_number(number: int | None) -> str:
    return _("not shown") if number is None else format_number(number)


def describe_answer_time(month: PublishedMonth) -> str:
    if month.answer_minutes is None:
        return _("not shown")
    return describe_duration(timedelta(minutes=month.answer_minutes))


def build_trust_data(months: Iterable[PublishedMonth]) -> dict[str, Any]:
    """Build the page for programs. A number of null is hidden; the entry is the line of the ledger that holds it."""
    return {
        "format": FORMAT,
        "company": settings.PORTAL_COMPANY,
        "months": [
            {
                "month": month.month,
                "minimum": month.minimum,
                "figures": month.figures,
                "answer_minutes": month.answer_minutes,
                "entry": month.entry,
            }
            for month in months
        ],
        "promises": [promise.as_data() for promise in promises.PROMISES],
        "refusal": promises.build_refusal_record(),
    }
