"""Count how customers answered the requests of each team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.access.rules import RequestState
from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.exports.staff.compliance.counting import run_query

# Past its deadline a pending request counts as expired, whether that is recorded yet or not.
COUNT_ANSWERS = """
SELECT asked_team, CASE WHEN state = %(pending)s AND answer_by <= portal.now() THEN %(expired)s ELSE state END, count(*)
FROM access_accessrequest
WHERE filed_at >= %(first)s AND filed_at < %(last)s
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class TeamAnswers:
    """Answers to the requests of one team; those that wait or were cancelled are left out."""

    team: str
    yes: int
    no: int
    none: int


# (part of Answers, label, tone of its bar)
PARTS = (
    ("yes", gettext_lazy("Allowed, all or part"), "yes"),
    ("no", gettext_lazy("Denied"), "plain"),
    ("none", gettext_lazy("Not answered in time"), "late"),
)


def count_answers(bounds: Mapping[str, datetime], zone: ZoneInfo) -> list[TeamAnswers]:
    """Count the answers to what was asked within the bounds for each team, the busiest team first."""
    states = {"pending": RequestState.PENDING.value, "expired": RequestState.EXPIRED.value}
    found = {(team, state): count for team, state, count in run_query(COUNT_ANSWERS, zone, **states, **bounds)}
    totals = [
        TeamAnswers(
            team,
            found.get((team, RequestState.APPROVED), 0) + found.get((team, RequestState.PARTLY_APPROVED), 0),
            found.get((team, RequestState.DENIED), 0),
            found.get((team, RequestState.EXPIRED), 0),
        )
        for team in {team for team, _state in found}
    ]
    return sorted(totals, key=lambda one: (-one.yes - one.no - one.none, one.team))


def draw_answers(teams: Sequence[TeamAnswers]) -> list[Chart]:
    """Draw a chart for all teams together, then one for each team."""
    shown = [sum_up_teams(_("All teams"), teams), *teams] if len(teams) > 1 else teams
    return [draw_team_chart(f"answers-{place}", team) for place, team in enumerate(shown)]


def draw_recent_answers(teams: Sequence[TeamAnswers]) -> list[Chart]:
    """Draw the chart of all teams together, counted within `get_recent_bounds`; none where nobody asked."""
    return [draw_team_chart("answers", sum_up_teams(_("Asked in the last 30 days"), teams))] if teams else []


def sum_up_teams(name: str, teams: Sequence[TeamAnswers]) -> TeamAnswers:
    return TeamAnswers(name, *(sum(getattr(team, part) for team in teams) for part, _label, _tone in PARTS))


def draw_team_chart(key: str, one: TeamAnswers) -> Chart:
    counts = [(label, getattr(one, part), tone) for part, label, tone in PARTS]
    placed, height = charts.build_bars(Bar(label, count, tone=tone) for label, count, tone in counts)
    ended = one.yes + one.no + one.none
    return Chart(
        key=key,
        title=ngettext(
            "%(team)s: customers allowed %(yes)s of %(ended)s request",
            "%(team)s: customers allowed %(yes)s of %(ended)s requests",
            ended,
        )
        % {"team": one.team, "yes": f"{one.yes:,}", "ended": f"{ended:,}"},
        about=_("Three bars: requests allowed, denied, and not answered in time."),
        table=Table([_("Answer"), _("Requests")], [[label, count] for label, count, _tone in counts]),
        template="admin/charts/bars.html",
        height=height,
        shapes=placed,
    )
