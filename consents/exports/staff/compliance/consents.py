"""Count consents given and withdrawn for each purpose, from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.core import charts
from consents.core.charts import Chart, Table
from consents.core.counts import format_number
from consents.exports.staff.compliance.counting import MONTHS, build_month_counts, get_year_bounds, run_query
from consents.people.selectors import MADE_UP_CUSTOMER

# Renewals, expiries and revocations are left out: they are not a customer's new yes or no.
GIVEN, WITHDRAWN = "consent.given", "consent.withdrawn"
COUNT_CONSENTS = f"""
SELECT purpose, event, {build_month_counts("occurred_at")}
FROM ledger_entry
WHERE occurred_at >= %(first)s AND occurred_at < %(last)s AND event = ANY(%(events)s)
  AND customer IS DISTINCT FROM {MADE_UP_CUSTOMER}
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class PurposeConsents:
    """Consents given and withdrawn for one purpose in each of the twelve months."""

    purpose: str
    given: Sequence[int]
    withdrawn: Sequence[int]


def count_consents(year: int, zone: ZoneInfo) -> list[PurposeConsents]:
    """Count for each purpose with at least one event, the busiest first."""
    counted = run_query(COUNT_CONSENTS, zone, events=[GIVEN, WITHDRAWN], **get_year_bounds(year, zone))
    found = {(purpose, event): months for purpose, event, months in counted}
    none = [0] * len(MONTHS)
    totals = [
        PurposeConsents(purpose, found.get((purpose, GIVEN), none), found.get((purpose, WITHDRAWN), none))
        for purpose in {purpose for purpose, _event in found}
    ]
    return sorted(totals, key=lambda consents: (-sum(consents.given) - sum(consents.withdrawn), consents.purpose))


def draw_consents(found: Sequence[PurposeConsents]) -> list[Chart]:
    """Draw a chart per purpose. A purpose that is no longer in force is titled with its code."""
    known = {version.purpose.code: version for version in catalogue.select_in_force()}
    return [draw_purpose_chart(consents, known.get(consents.purpose)) for consents in found]


def draw_purpose_chart(consents: PurposeConsents, version: PurposeVersion | None) -> Chart:
    given, withdrawn = sum(consents.given), sum(consents.withdrawn)
    most = max(given, withdrawn)
    lines = [
        charts.build_steps(_("given"), consents.given, most, "given"),
        charts.build_steps(_("withdrawn"), consents.withdrawn, most, "withdrawn"),
    ]
    return Chart(
        key=f"consent-{consents.purpose}",
        title=_("%(purpose)s: %(given)s given, %(withdrawn)s withdrawn")
        % {
            "purpose": version.name if version else consents.purpose,
            "given": format_number(given),
            "withdrawn": format_number(withdrawn),
        },
        about=_("Two lines that rise with every consent given and every consent withdrawn, month by month."),
        table=Table(
            [_("Month"), _("given"), _("withdrawn")],
            [[MONTHS_AP[month], consents.given[month - 1], consents.withdrawn[month - 1]] for month in MONTHS],
        ),
        template="admin/charts/steps.html",
        height=140,
        shapes={"lines": lines, "labels": charts.QUARTERS},
        url=reverse("admin:catalogue_purpose_change", args=[version.purpose_id]) if version else "",
        link=version.name if version else "",
    )
