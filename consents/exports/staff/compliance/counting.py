"""Shared queries of the charts: bounds of a year, counts per month, and running them in one time zone."""

from collections import Counter
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import charts
from consents.core.charts import Bar, Chart, Table, format_number
from consents.exemptions import selectors
from consents.exemptions.models import Exemption, Kind
from consents.exemptions.rules import ExemptionState
from consents.exports.rules import FIRST_DAY

MONTHS = range(1, 13)
RECENT_DAYS = 30
FIRST_YEAR = FIRST_DAY.year  # anything older was mistyped
FIND_FIRST_MOMENT = """
SELECT least((SELECT min(filed_at) FROM access_accessrequest), (SELECT min(received_at) FROM rights_rightsrequest),
             (SELECT min(occurred_at) FROM ledger_entry))
"""
# For this transaction. Naming the zone in the query would look it up for every row, which takes three times as long. A
# generic plan would assume that every year has few rows.
SETTINGS = """
SELECT set_config('TimeZone', %s, true), set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('statement_timeout', '30s', true)
"""


def get_year_bounds(year: int, zone: ZoneInfo) -> dict[str, datetime]:
    """Return query parameters: `first` and `last` (half-open) of the year, and `month_1` to `month_12`."""
    months = {f"month_{month}": datetime(year, month, 1, tzinfo=zone) for month in MONTHS}
    return months | {"first": months["month_1"], "last": datetime(year + 1, 1, 1, tzinfo=zone)}


def get_recent_bounds(now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Return `first` and `last` (half-open) of thirty whole days, today the last: no more rows with a longer past."""
    today = now.astimezone(zone).date()
    first, last = (today + timedelta(days=days) for days in (1 - RECENT_DAYS, 1))
    return {name: datetime.combine(day, time(0), zone) for name, day in (("first", first), ("last", last))}


def build_month_counts(column: str) -> str:
    """Return SQL of an array: how many of a year's rows fall in each month, as differences of running counts.

    Without grouping by month PostgreSQL expects few groups and counts in parallel; it computes equal counts once.
    """
    before = ["0", *(f"count(*) FILTER (WHERE {column} < %(month_{month})s)" for month in MONTHS[1:]), "count(*)"]
    return f"ARRAY[{', '.join(f'{later} - {sooner}' for sooner, later in pairwise(before))}]"


def list_years(now: datetime, zone: ZoneInfo) -> list[int]:
    """List the years on record, newest first: from the first request or ledger entry until now."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_FIRST_MOMENT)
        begun = cursor.fetchone()[0]
    return list_years_since(begun or now, now, zone)


def list_years_since(begun: datetime, now: datetime, zone: ZoneInfo) -> list[int]:
    # The first moment of year 1 cannot be converted to zones west of UTC.
    first = begun.astimezone(zone).year if begun.year > FIRST_YEAR else FIRST_YEAR
    return list(range(now.astimezone(zone).year, first - 1, -1))


def run_query(query: str, zone: ZoneInfo, **values: Any) -> list[tuple]:
    """Run a query whose dates are days of the zone. It must not return moments: Django would read them as UTC."""
    with transaction.atomic(durable=True, savepoint=False), connection.cursor() as cursor:
        cursor.execute(SETTINGS, [zone.key])
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


type Counts = dict[str, Counter[str]]

# (state or ground, label, tone of its bar); what was not checked in time is told apart from its ground.
PARTS = (
    (Kind.LEGAL_DUTY.value, gettext_lazy("Legal duties"), "plain"),
    (Kind.SAFETY.value, gettext_lazy("Emergencies"), "plain"),
    (ExemptionState.REFUSED.value, gettext_lazy("Refused"), "plain"),
    (ExemptionState.UNCHECKED.value, gettext_lazy("Not checked in time"), "late"),
)
TOLD_APART = {ExemptionState.REFUSED, ExemptionState.UNCHECKED}


def count_exemptions(year: int, zone: ZoneInfo, *, with_withheld: bool) -> Counts:
    """Count the exemptions of each team, the team with the most first, in one query.

    `with_withheld`: also those of which a law forbids to tell yet; of them only compliance officers know.
    """
    bounds = get_year_bounds(year, zone)
    filed = Exemption.objects.filter(filed_at__gte=bounds["first"], filed_at__lt=bounds["last"])
    if not with_withheld:
        filed = filed.exclude(pk__in=selectors.select_withheld_exemptions().values("pk"))
    teams: Counts = {}
    rows = filed.values_list("asked_team", "kind", "state").annotate(number=Count("pk")).order_by("asked_team")
    for team, kind, state, number in rows:
        teams.setdefault(team, Counter())[state if state in TOLD_APART else kind] += number
    return dict(sorted(teams.items(), key=lambda entry: (-entry[1].total(), entry[0])))


def draw_exemptions(counts: Counts) -> list[Chart]:
    """Draw a chart for each team that filed one."""
    return [draw_team_chart(f"exemptions-{place}", team, parts) for place, (team, parts) in enumerate(counts.items())]


def draw_team_chart(key: str, team: str, parts: Counter[str]) -> Chart:
    title = ngettext(
        "%(team)s: %(number)s exemption from asking", "%(team)s: %(number)s exemptions from asking", parts.total()
    )
    return charts.draw_bars(
        [Bar(label, parts[part], tone=tone) for part, label, tone in PARTS],
        key=key,
        title=title % {"team": team, "number": format_number(parts.total())},
        about=_("Four bars: for a legal duty, in an emergency, refused, and not checked in time."),
        table=Table([_("Ground or end"), _("Exemptions")], [[label, parts[part]] for part, label, _tone in PARTS]),
    )
