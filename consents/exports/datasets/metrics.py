"""Metrics of rights requests (11 CCR 7102): per year of receipt and type, for Californians and for everybody.

Nothing is left out or rounded up for small numbers: the law wants them as they are.
"""

from django.utils.translation import gettext_lazy as _

from consents.exports.datasets.requests import DAYS, ENDING, IN_PERIOD, LAWS, since
from consents.exports.describing import Column, Description, Filter, Type
from consents.rights.rules import kinds
from consents.rights.rules.answers import Group, Outcome

CLAUSE = "7102(a)(1)"
YEAR = "extract(year FROM q.received_at AT TIME ZONE %(zone)s)::int"
# What a person gets as an answer; taking it back is none.
ANSWERED = f"q.outcome NOT IN ('', '{Outcome.WITHDRAWN}')"
ROWS = f"""
FROM rights_rightsrequest AS q {since(ENDING)}
JOIN (VALUES ('all'), ('california')) AS them(population) ON population = 'all' OR q.jurisdiction = 'US-CA'
WHERE {IN_PERIOD}"""


def count(name: str, condition: str, source: str, meaning: str) -> Column:
    return Column(name, Type.INTEGER, f"count(*) FILTER (WHERE {condition})", source, meaning)


def ended(outcome: Outcome) -> str:
    return f"q.outcome = '{outcome}'"


def refused(group: Group) -> Column:
    condition = f"{ended(Outcome.DENIED)} AND q.denial_metric_group = '{group}'"
    return count(f"denied_{group}", condition, "7102(a)(2)", f"Of those denied: {group.value.replace('_', ' ')}.")


COLUMNS = [
    Column("year", Type.INTEGER, YEAR, "7102(a)", "Year of receipt."),
    Column(
        "population",
        Type.CODE,
        "population",
        "7102(b)",
        "Who is counted.",
        ["california", "all"],
        inert="one of our own codes",
    ),
    Column(
        "request_type",
        Type.CODE,
        "q.request_type",
        CLAUSE,
        "Which right.",
        kinds.Type.values,
        inert="CHECK rights_request_known_type",
    ),
    count("received", "true", CLAUSE, "Requests received."),
    count("complied_whole", ended(Outcome.COMPLIED_WHOLE), CLAUSE, "Complied with in whole."),
    count("complied_part", ended(Outcome.COMPLIED_PART), CLAUSE, "Complied with in part."),
    count("denied", ended(Outcome.DENIED), CLAUSE, "Denied."),
    *(refused(group) for group in Group),
    count("no_data_held", ended(Outcome.NO_DATA), "own", "Answered: no such data is held."),
    count("withdrawn", ended(Outcome.WITHDRAWN), "own", "Taken back by who made it."),
    count("unanswered", "q.outcome = ''", "own", "Not answered yet."),
    Column(
        "median_days",
        Type.DECIMAL,
        f"round((percentile_cont(0.5) WITHIN GROUP (ORDER BY {DAYS}) FILTER (WHERE {ANSWERED}))::numeric, 1)",
        "7102(a)(1)",
        "Median of the calendar days to the answer.",
    ),
    Column(
        "mean_days",
        Type.DECIMAL,
        f"round(avg({DAYS}) FILTER (WHERE {ANSWERED}), 2)",
        "7102(a)(1)",
        "Mean of the calendar days to the answer.",
    ),
    Column(
        "changed_after_period",
        Type.YES_NO,
        "bool_or(since.object IS NOT NULL)",
        "own",
        "Whether one of these requests was answered, taken back or put in after the period ended.",
    ),
]

DESCRIPTION = Description(
    name="metrics",
    version=1,
    title=_("Metrics of rights requests"),
    about=_("Per year and right: received, complied with, denied and why, median and mean days."),
    law="11 CCR 7102",
    columns=COLUMNS,
    rows=ROWS,
    groups="GROUP BY 1, 2, 3",
    order=("year", "population", "request_type"),
    filters=[
        LAWS,
        Filter("population", _("Who is counted"), "population", [("california", "California"), ("all", _("all"))]),
    ],
)
