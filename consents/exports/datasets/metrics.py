"""Metrics of rights requests (11 CCR 7102): per year of receipt and right, for Californians and for everyone.

Small numbers are neither suppressed nor rounded: the law requires them as they are.
"""

from django.utils.translation import gettext_lazy as _

from consents.exports.datasets.requests import CLOSING_EVENTS, DAYS, IN_PERIOD, LAWS, join_later_entries
from consents.exports.describing import FOR_PROGRAMS, Column, Description, Filter, Type, mark_changes
from consents.exports.rules import Format
from consents.law import kinds
from consents.law.reasons import Group
from consents.rights.rules import Outcome

CLAUSE = "7102(a)(1)"
YEAR = "extract(year FROM q.received_at AT TIME ZONE %(zone)s)::int"
# A withdrawn request was not answered.
ANSWERED = f"q.outcome NOT IN ('', '{Outcome.WITHDRAWN}')"
POPULATIONS = "(VALUES ('all'), ('california')) AS them(population)"
CALIFORNIAN = ", ".join(f"'{type}'" for type in kinds.KINDS[kinds.Regime.CCPA])
# Each right of California in each year of the period, asked for or not: the law wants the zero too.
UNASKED = f"""
SELECT (jsonb_populate_record(NULL::rights_register, jsonb_build_object('regime', 'ccpa', 'jurisdiction', 'US-CA',
        'request_type', kind, 'received_at',
        greatest(%(first)s::timestamptz, make_timestamptz(year, 1, 1, 0, 0, 0, %(zone)s))))).*,
    population, false, false
FROM unnest(ARRAY[{CALIFORNIAN}]) AS kind, {POPULATIONS}, generate_series(
    extract(year FROM %(first)s::timestamptz AT TIME ZONE %(zone)s)::int,
    extract(year FROM (%(last)s::timestamptz - interval '1 day') AT TIME ZONE %(zone)s)::int) AS year"""
ROWS = f"""
FROM (SELECT q.*, population, true AS is_request, since.object IS NOT NULL AS is_changed
    FROM rights_register AS q {join_later_entries(CLOSING_EVENTS)}
    JOIN {POPULATIONS} ON population = 'all' OR q.jurisdiction = 'US-CA'
    WHERE {IN_PERIOD} UNION ALL {UNASKED}) AS q
WHERE true"""


def build_count(name: str, condition: str, source: str, meaning: str) -> Column:
    return Column(name, Type.INTEGER, f"count(*) FILTER (WHERE {condition})", source, meaning)


def match_outcome(outcome: Outcome) -> str:
    return f"q.outcome = '{outcome}'"


def count_denials(group: Group) -> Column:
    condition = f"{match_outcome(Outcome.DENIED)} AND q.denial_metric_group = '{group}'"
    return build_count(f"denied_{group}", condition, "7102(a)(2)", f"Denied because: {group.value.replace('_', ' ')}.")


COLUMNS = [
    Column("year", Type.INTEGER, YEAR, "7102(a)", "Year of receipt."),
    Column(
        "population",
        Type.CODE,
        "population",
        "7102(b)",
        "Whose requests are counted.",
        ["california", "all"],
        inert="one of our own codes",
    ),
    Column(
        "request_type",
        Type.CODE,
        "q.request_type",
        CLAUSE,
        "The right.",
        dict(kinds.Type.choices),
        inert="CHECK rights_request_known_type",
    ),
    build_count("received", "q.is_request", CLAUSE, "Requests received."),
    build_count("complied_whole", match_outcome(Outcome.COMPLIED_WHOLE), CLAUSE, "Granted in full."),
    build_count("complied_part", match_outcome(Outcome.COMPLIED_PART), CLAUSE, "Granted in part."),
    build_count("denied", match_outcome(Outcome.DENIED), CLAUSE, "Denied."),
    *(count_denials(group) for group in Group),
    build_count("no_data_held", match_outcome(Outcome.NO_DATA), "own", "Answered that no such data is held."),
    build_count("withdrawn", match_outcome(Outcome.WITHDRAWN), "own", "Withdrawn by the requester."),
    build_count("unanswered", "q.outcome = ''", "own", "Not answered yet."),
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
    mark_changes(
        "bool_or(q.is_changed)",
        "Whether one of these requests was answered, withdrawn or added after the period ended.",
    ),
]

DESCRIPTION = Description(
    name="metrics",
    version=2,
    about=_("Per year and right: received, granted, denied and why, median and mean days."),
    law="11 CCR 7102",
    columns=COLUMNS,
    rows=ROWS,
    groups="GROUP BY 1, 2, 3",
    formats=(*FOR_PROGRAMS, Format.PDF),
    order=("year", "population", "request_type"),
    filters=[
        LAWS,
        Filter("population", _("Who is counted"), "population", [("california", _("California")), ("all", _("all"))]),
    ],
)
