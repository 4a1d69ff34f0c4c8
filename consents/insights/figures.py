"""Decide which numbers of a month the company publishes about itself, and which of them are shown. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid
from consents.insights.rules import choose_hidden

# So many months are published at most, and shown.
MOST_MONTHS = 12


class Figure(models.TextChoices):
    """Names what is counted. `exemptions`: told to customers in the month; `opened_after_no`: those of them that
    followed a no of the same customer within 30 days.
    """

    ASKED = "asked"
    ALLOWED = "allowed"
    PARTLY = "partly"
    DENIED = "denied"
    UNANSWERED = "unanswered"
    LOOKS = "looks"
    EXEMPTIONS = "exemptions"
    REFUSED_TRIES = "refused_tries"
    OPENED_AFTER_NO = "opened_after_no"


# These add up to what was answered: a hidden one is not to be worked out from the rest.
OUTCOMES = frozenset({Figure.ALLOWED, Figure.PARTLY, Figure.DENIED, Figure.UNANSWERED})
AFTER_NO = timedelta(days=30)


class MonthNotOver(NotValid):
    sentence = _("The numbers of a month are published when it is over.")


@dataclass(frozen=True)
class Tallied:
    """Hold how often something happened, and to how many different customers."""

    number: int = 0
    customers: int = 0


@dataclass(frozen=True)
class MonthCount:
    """Hold everything counted of a month, before anything is hidden. `answer_time`: the median."""

    figures: Mapping[Figure, Tallied]
    answered: Tallied
    answer_time: timedelta | None


def choose_figures(counted: MonthCount, minimum: int) -> dict[str, int | None]:
    """Choose what is shown; None for a number with fewer customers than `minimum` behind it, or that would tell it."""
    tallied = {figure: counted.figures.get(figure, Tallied()) for figure in Figure}
    hidden = {figure for figure, tally in tallied.items() if 0 < tally.customers < minimum}
    outcomes = {figure.value: tallied[figure].customers for figure in OUTCOMES if tallied[figure].number}
    hidden |= {Figure(figure) for figure in choose_hidden(outcomes, minimum)}
    return {figure.value: None if figure in hidden else tally.number for figure, tally in tallied.items()}


def choose_answer_minutes(counted: MonthCount, minimum: int) -> int | None:
    """Round the median time until an answer to whole minutes; None where too few customers answered."""
    if counted.answer_time is None or counted.answered.customers < minimum:
        return None
    return max(1, round(counted.answer_time.total_seconds() / 60))


def name_month(moment: datetime) -> str:
    """Name the month of a moment, in UTC: '2026-10'."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def find_month_bounds(month: str) -> tuple[datetime, datetime]:
    """Return when a month begins and when the next one does, in UTC."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return first, (first + timedelta(days=32)).replace(day=1)


def list_past_months(now: datetime) -> list[str]:
    """List the months that are over, newest first, as many as are shown."""
    day, months = now.astimezone(UTC), []
    for _month in range(MOST_MONTHS):
        day = day.replace(day=1) - timedelta(days=1)
        months.append(name_month(day))
    return months


def list_due_months(now: datetime, first: datetime | None, published: Collection[str]) -> list[str]:
    """List the months to publish, oldest first: over, not published, and not before the first request (`first`)."""
    if first is None:
        return []
    return [month for month in reversed(list_past_months(now)) if name_month(first) <= month not in published]
