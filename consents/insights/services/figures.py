"""Publish the numbers of a month about the company itself: once, on record, and without small numbers."""

from uuid import NAMESPACE_OID, uuid5

from django.conf import settings
from django.db import transaction

from consents.core import clock
from consents.insights import figures
from consents.insights.figures import MonthNotOver
from consents.insights.selectors import month_counts
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending


def publish_due_months() -> int:
    """Publish every month that is over and was not published. Return how many."""
    now = clock.now()
    published = {month.month for month in month_counts.list_published_months(now)}
    due = figures.list_due_months(now, month_counts.find_first_request_time(), published)
    for month in due:
        publish_month(month=month, by=PORTAL)
    return len(due)


@transaction.atomic
def publish_month(*, month: str, by: Actor) -> None:
    """Count a month ('2026-10') and put what may be shown on record. One that is published already stays as it is.

    Raises MonthNotOver.
    """
    if figures.find_month_bounds(month)[1] > clock.now():
        raise MonthNotOver
    appending.lock_people(uuid5(NAMESPACE_OID, month))
    if month_counts.is_published(month):
        return
    counted, minimum = month_counts.count_month(month), settings.PORTAL_INSIGHT_MINIMUM
    appending.append_entry(
        event="figures.published",
        by=by,
        object_type="month",
        object=month,
        details={
            "minimum": minimum,
            "figures": figures.choose_figures(counted, minimum),
            "answer_minutes": figures.choose_answer_minutes(counted, minimum),
        },
    )
