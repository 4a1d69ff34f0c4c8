"""What customers answered when staff asked, team by team."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.rules import State
from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.exports.compliance.counting import bounds, rows

# Unanswered past its moment is no answer, recorded as such or not yet.
COUNTED = """
SELECT asked_team, CASE WHEN state = %(pending)s AND answer_by <= portal_now() THEN %(expired)s ELSE state END, count(*)
FROM access_accessrequest
WHERE filed_at >= %(first)s AND filed_at < %(last)s
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Answers:
    """Of the requests one team made: what customers said, wholly or in part; the rest waits or was cancelled."""

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


def counted(year: int, zone: ZoneInfo) -> list[Answers]:
    """One for each team that asked, the busiest first."""
    states = {"pending": State.PENDING.value, "expired": State.EXPIRED.value}
    found = {(team, state): count for team, state, count in rows(COUNTED, zone, **states, **bounds(year, zone))}
    made = [
        Answers(
            team,
            found.get((team, State.APPROVED), 0) + found.get((team, State.PARTLY_APPROVED), 0),
            found.get((team, State.DENIED), 0),
            found.get((team, State.EXPIRED), 0),
        )
        for team in {team for team, _state in found}
    ]
    return sorted(made, key=lambda one: (-one.yes - one.no - one.none, one.team))


def drawn(found: Sequence[Answers]) -> list[Chart]:
    """One chart for all teams together, then one for each team."""
    whole = Answers(_("All teams"), *(sum(getattr(one, part) for one in found) for part, _label, _tone in PARTS))
    shown = [whole, *found] if len(found) > 1 else found
    return [chart(f"answers-{place}", one) for place, one in enumerate(shown)]


def chart(key: str, one: Answers) -> Chart:
    counts = [(label, getattr(one, part), tone) for part, label, tone in PARTS]
    placed, height = charts.bars(Bar(label, count, tone=tone) for label, count, tone in counts)
    ended = one.yes + one.no + one.none
    return Chart(
        key=key,
        title=_("%(team)s: customers allowed %(yes)s of %(ended)s requests")
        % {"team": one.team, "yes": f"{one.yes:,}", "ended": f"{ended:,}"},
        about=_("Three bars: requests allowed, denied, and not answered in time."),
        table=Table([_("Answer"), _("Requests")], [[label, count] for label, count, _tone in counts]),
        template="admin/charts/bars.html",
        height=height,
        shapes=placed,
    )
