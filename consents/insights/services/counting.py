"""Count the answer of an insight in one pass over the vault: only what may be shown is kept."""

import hashlib
import secrets
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings
from django.db import connection, transaction

from consents.core import clock
from consents.disclosures.services import CountedScope, StatisticsClosed, read_for_statistics
from consents.insights import patterns, rules, selectors
from consents.insights.models import Insight
from consents.insights.patterns import MonthNotOver
from consents.insights.rules import Answer, Outcome, Tally
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending

INSERT_RESULT = "INSERT INTO insights_result (insight_id, outcome, total, has_hidden) VALUES (%s, %s, %s, %s)"
INSERT_CELL = "INSERT INTO insights_cell (result_id, place, label, number) VALUES (%s, %s, %s, %s)"


def count_insight(*, insight: UUID) -> None:
    """Count an insight and store what may be shown of it. An insight with an answer is left alone.

    Nothing is kept until the end: a count that was killed begins again from the first customer.
    """
    asked = selectors.select_insights().get(pk=insight)
    if hasattr(asked, "result"):
        return
    try:
        answer = rules.build_answer(count_customers(asked), asked.minimum, secrets.randbelow)
    except StatisticsClosed:
        answer = Answer(Outcome.CLOSED)
    except rules.TooManyGroups:
        answer = Answer(Outcome.TOO_MANY_GROUPS)
    store_answer(asked, answer)


def count_customers(asked: Insight) -> Tally:
    """Count in memory that grows with the groups alone. Raises StatisticsClosed, DamagedData, TooManyGroups."""
    question, version = asked.question, selectors.find_statistics_version()
    if version is None or asked.asked_by.staff_member.ended_at is not None:
        raise StatisticsClosed
    scope = CountedScope(asked.pk, asked.asked_by_id, question.category, version.purpose, question.fields)
    tally = Tally(question.grouping, question.measure)
    for _customer, records in read_for_statistics(scope=scope, by=PORTAL):
        tally.add_customer(
            record.get(question.field, "")
            for record in records
            if rules.find_period(question.step, record.get(question.date_field, "")) == asked.period
        )
    return tally


@transaction.atomic
def store_answer(asked: Insight, answer: Answer) -> None:
    """Store the answer, unless another worker was faster."""
    lock = "SELECT FROM insights_insight AS i WHERE i.id = %s AND NOT EXISTS (SELECT FROM insights_result AS r"
    cells = [(place, label, number) for place, (label, number) in enumerate(answer.cells.items())]
    with connection.cursor() as cursor:
        appending.lock_people(asked.pk)
        cursor.execute(f"{lock} WHERE r.insight_id = i.id)", [asked.pk])
        if cursor.fetchone() is None:
            return
        cursor.execute(INSERT_RESULT, [asked.pk, answer.outcome, answer.total, answer.has_hidden])
        for cell in cells:
            cursor.execute(INSERT_CELL, [asked.pk, *cell])
    appending.append_entry(
        event="insight.answered",
        by=PORTAL,
        object_type="insight",
        object=asked.pk,
        outcome=answer.outcome,
        details={"groups": len(cells), "cells": hash_cells(cells)},
    )


def hash_cells(cells: list[tuple[int, str, int | None]]) -> str:
    """Return the digest by which the ledger holds the cells of an answer; the database computes the same."""
    lines = ["\t".join(str(part) for part in cell if part is not None) for cell in cells]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def publish_due_months() -> int:
    """Publish every month that is over and was not published. Return how many."""
    now = clock.now()
    published = {month.month for month in selectors.list_published_months(now)}
    due = patterns.list_due_months(now, selectors.find_first_request_time(), published)
    for month in due:
        publish_month(month=month, by=PORTAL)
    return len(due)


@transaction.atomic
def publish_month(*, month: str, by: Actor) -> None:
    """Count a month ('2026-10') and put what may be shown on record. One that is published already stays as it is.

    Raises MonthNotOver.
    """
    if patterns.find_month_bounds(month)[1] > clock.now():
        raise MonthNotOver
    appending.lock_people(uuid5(NAMESPACE_OID, month))
    if selectors.is_published(month):
        return
    counted, minimum = selectors.count_month(month), settings.PORTAL_INSIGHT_MINIMUM
    appending.append_entry(
        event="figures.published",
        by=by,
        object_type="month",
        object=month,
        details={
            "minimum": minimum,
            "figures": patterns.choose_figures(counted, minimum),
            "answer_minutes": patterns.choose_answer_minutes(counted, minimum),
        },
    )
