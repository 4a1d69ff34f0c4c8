"""Count a month for the numbers that the company publishes about itself, and read those it has published."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Aggregate, Count, DurationField, Exists, F, Min, OuterRef, QuerySet

from consents.access.models import AccessRequest, Answer
from consents.access.rules import RequestState
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion
from consents.choices.models import Choice
from consents.disclosures.models import Opening
from consents.exemptions.models import Exemption
from consents.insights.models import Insight, Question
from consents.insights.patterns import AFTER_NO, Figure, MonthCount, Tallied, find_month_bounds, list_past_months
from consents.insights.rules import BUDGET_TIME, STATISTICS
from consents.ledger.models import Entry


def find_statistics_version() -> PurposeVersion | None:
    """Find the version in force of the purpose whose consent lets customers be counted."""
    return catalogue.select_in_force().filter(purpose__code=STATISTICS, legal_basis=LegalBasis.CONSENT).first()


def list_countable_categories() -> list[Category]:
    version = find_statistics_version()
    return list(version.categories.filter(sensitive=False, special=False)) if version else []


def select_open_questions() -> QuerySet[Question]:
    """Select the questions that may be asked now."""
    return Question.objects.filter(retired_at=None, category__in=list_countable_categories()).select_related("category")


def select_insights() -> QuerySet[Insight]:
    return Insight.objects.select_related("question__category", "result", "asked_by__staff_member")


def find_newest_insight(question: int, period: str) -> Insight | None:
    """Find the newest answer that this question has for the period, or the one that is being counted."""
    return select_insights().filter(question=question, period=period).order_by("-asked_at", "pk").first()


def count_changed_consents(since: datetime, most: int) -> int:
    """Count the customers who gave, withdrew or lost consent to statistics since, up to `most`."""
    changed = Choice.objects.filter(purpose__code=STATISTICS, since__gt=since)
    return len(changed.values("pk")[:most])


def count_spent_budget(analyst: UUID, question: int, now: datetime) -> tuple[int, int]:
    """Count the new insights of an analyst within the time of the budget: all, and of this question."""
    asked = Insight.objects.filter(asked_by=analyst, asked_at__gt=now - BUDGET_TIME)
    return asked.count(), asked.filter(question=question).count()


PUBLISHED = "figures.published"
FIGURE_OF_STATE = {
    RequestState.APPROVED: Figure.ALLOWED,
    RequestState.PARTLY_APPROVED: Figure.PARTLY,
    RequestState.DENIED: Figure.DENIED,
    RequestState.EXPIRED: Figure.UNANSWERED,
}
TALLY = {"number": Count("pk"), "customers": Count("customer", distinct=True)}


class Median(Aggregate):
    """Ask for the median of a length of time."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


class PublishedMonth(NamedTuple):
    """Hold the numbers of a month as the ledger has them; None for a hidden one."""

    month: str
    minimum: int
    figures: dict[str, int | None]
    answer_minutes: int | None
    entry: int
    published_at: datetime


def list_published_months(now: datetime) -> list[PublishedMonth]:
    """List what was published of the months that are shown, newest first."""
    entries = Entry.objects.filter(object__in=list_past_months(now), event=PUBLISHED).order_by("-object")
    return [build_published_month(entry) for entry in entries]


def build_published_month(entry: Entry) -> PublishedMonth:
    facts = entry.facts
    return PublishedMonth(
        entry.object, facts["minimum"], facts["figures"], facts["answer_minutes"], entry.pk, entry.occurred_at
    )


def is_published(month: str) -> bool:
    return Entry.objects.filter(object=month, event=PUBLISHED).exists()


def find_first_request_time() -> datetime | None:
    """Return when the first request was filed."""
    first: datetime | None = AccessRequest.objects.aggregate(first=Min("filed_at"))["first"]
    return first


def count_month(month: str) -> MonthCount:
    """Count a month in a handful of statements, each bounded by the month. For the worker: one may take seconds."""
    first, end = find_month_bounds(month)
    answered = Answer.objects.filter(answered_at__gte=first, answered_at__lt=end)
    took = answered.aggregate(**TALLY, median=Median(F("answered_at") - F("access_request__filed_at")))
    return MonthCount(dict(tally_figures(first, end)), Tallied(took["number"], took["customers"]), took["median"])


def tally_figures(first: datetime, end: datetime) -> Iterable[tuple[Figure, Tallied]]:
    yield Figure.ASKED, tally_rows(AccessRequest.objects.filter(filed_at__gte=first, filed_at__lt=end))
    for ended in count_ended(first, end):
        yield FIGURE_OF_STATE[ended.pop("state")], Tallied(**ended)
    yield (
        Figure.LOOKS,
        tally_rows(Opening.objects.filter(kind=Opening.Kind.GRANT, opened_at__gte=first, opened_at__lt=end)),
    )
    exemptions = Exemption.objects.filter(told_at__gte=first, told_at__lt=end)
    yield Figure.EXEMPTIONS, tally_rows(exemptions)
    yield (
        Figure.OPENED_AFTER_NO,
        tally_rows(exemptions.filter(Exists(select_no_before(OuterRef("filed_at"), OuterRef("customer"))))),
    )
    tries = Entry.objects.filter(event="vault.opening_refused", occurred_at__gte=first, occurred_at__lt=end)
    yield Figure.REFUSED_TRIES, tally_rows(tries)


def tally_rows(rows: QuerySet[Any]) -> Tallied:
    return Tallied(**rows.aggregate(**TALLY))


def count_ended(first: datetime, end: datetime) -> Iterable[Any]:
    ended = AccessRequest.objects.filter(ended_at__gte=first, ended_at__lt=end, state__in=FIGURE_OF_STATE)
    return ended.order_by().values("state").annotate(**TALLY)


def select_no_before(moment: OuterRef, customer: OuterRef) -> QuerySet[AccessRequest]:
    """Select a customer's refusals of the 30 days before a moment."""
    return AccessRequest.objects.filter(
        customer=customer, state=RequestState.DENIED, ended_at__lte=moment, ended_at__gt=moment - AFTER_NO
    )
