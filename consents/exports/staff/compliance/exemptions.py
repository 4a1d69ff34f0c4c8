"""Count the looks that needed no answer: exemptions filed in a year, by the team that asked for them."""

from collections import Counter
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.core.counts import format_number
from consents.exemptions import selectors
from consents.exemptions.models import Exemption, Kind
from consents.exemptions.rules import ExemptionState
from consents.exports.staff.compliance.counting import get_year_bounds

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
