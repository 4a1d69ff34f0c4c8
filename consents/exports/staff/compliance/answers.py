"""Count how customers answered the requests of each team."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.access.rules import RequestState
from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.core.counts import format_number
from consents.exports.staff.compliance.counting import run_query

# Past its deadline a pending request counts as expired, whether that is recorded yet or not.
COUNT_ANSWERS = """
SELECT asked_team, CASE WHEN state = %(pending)s AND answer_by <= portal.now() THEN %(expired)s ELSE state END, count(*)
FROM access_accessrequest
WHERE filed_at >= %(first)s AND filed_at < %(last)s
GROUP BY 1, 2
"""


type Counts = dict[str, Counter[str]]

# (part, label, tone of its bar); requests that wait or were cancelled are no part.
PARTS = (
    ("yes", gettext_lazy("Allowed, all or part"), "yes"),
    ("no", gettext_lazy("Denied"), "plain"),
    ("none", gettext_lazy("Not answered in time"), "late"),
)
PART_OF_STATE = {
    RequestState.APPROVED: "yes",
    RequestState.PARTLY_APPROVED: "yes",
    RequestState.DENIED: "no",
    RequestState.EXPIRED: "none",
}


def count_answers(bounds: Mapping[str, datetime], zone: ZoneInfo) -> Counts:
    """Count the answers to what was asked within the bounds for each team, the busiest team first."""
    states = {"pending": RequestState.PENDING.value, "expired": RequestState.EXPIRED.value}
    teams: Counts = {}
    for team, state, count in run_query(COUNT_ANSWERS, zone, **states, **bounds):
        answers = teams.setdefault(team, Counter())
        if state in PART_OF_STATE:
            answers[PART_OF_STATE[state]] += count
    return dict(sorted(teams.items(), key=lambda entry: (-entry[1].total(), entry[0])))


def draw_answers(teams: Counts) -> list[Chart]:
    """Draw a chart for all teams together, then one for each team."""
    shown = list(teams.items())
    if len(shown) > 1:
        shown.insert(0, (_("All teams"), sum(teams.values(), Counter())))
    return [draw_team_chart(f"answers-{place}", *team) for place, team in enumerate(shown)]


def draw_recent_answers(teams: Counts) -> list[Chart]:
    """Draw the chart of all teams together, counted within `get_recent_bounds`; none where nobody asked."""
    everybody = sum(teams.values(), Counter())
    return [draw_team_chart("answers", _("Asked in the last 30 days"), everybody)] if teams else []


def draw_team_chart(key: str, team: str, answers: Counter[str]) -> Chart:
    title = ngettext(
        "%(team)s: customers allowed %(yes)s of %(ended)s request",
        "%(team)s: customers allowed %(yes)s of %(ended)s requests",
        answers.total(),
    )
    return charts.draw_bars(
        [Bar(label, answers[part], tone=tone) for part, label, tone in PARTS],
        key=key,
        title=title % {"team": team, "yes": format_number(answers["yes"]), "ended": format_number(answers.total())},
        about=_("Three bars: requests allowed, denied, and not answered in time."),
        table=Table([_("Answer"), _("Requests")], [[label, answers[part]] for part, label, _tone in PARTS]),
    )
