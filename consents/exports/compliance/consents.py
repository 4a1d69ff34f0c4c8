"""Consent given and withdrawn, purpose by purpose, as the ledger tells it."""

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
from consents.exports.compliance.counting import MONTHS, bounds, by_month, rows

# A renewal is a yes again, an expiry or a revocation is nobody's no: neither is counted as the customer's act.
GIVEN, WITHDRAWN = "consent.given", "consent.withdrawn"
COUNTED = f"""
SELECT purpose, event, {by_month("occurred_at")}
FROM ledger_entry
WHERE occurred_at >= %(first)s AND occurred_at < %(last)s AND event = ANY(%(events)s)
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Consents:
    """Of one purpose: how often consent was given and withdrawn in each of the twelve months."""

    purpose: str
    given: Sequence[int]
    withdrawn: Sequence[int]


def counted(year: int, zone: ZoneInfo) -> list[Consents]:
    """One for each purpose anything happened to, the most used first."""
    counted = rows(COUNTED, zone, events=[GIVEN, WITHDRAWN], **bounds(year, zone))
    found = {(purpose, event): months for purpose, event, months in counted}
    none = [0] * len(MONTHS)
    made = [
        Consents(purpose, found.get((purpose, GIVEN), none), found.get((purpose, WITHDRAWN), none))
        for purpose in {purpose for purpose, _event in found}
    ]
    return sorted(made, key=lambda one: (-sum(one.given) - sum(one.withdrawn), one.purpose))


def drawn(found: Sequence[Consents]) -> list[Chart]:
    """A purpose that is not in force any more goes by its code."""
    known = {version.purpose.code: version for version in catalogue.in_force()}
    return [chart(one, known.get(one.purpose)) for one in found]


def chart(one: Consents, version: PurposeVersion | None) -> Chart:
    given, withdrawn = sum(one.given), sum(one.withdrawn)
    most = max(given, withdrawn)
    lines = [
        charts.steps(_("given"), one.given, most, "given"),
        charts.steps(_("withdrawn"), one.withdrawn, most, "withdrawn"),
    ]
    return Chart(
        key=f"consent-{one.purpose}",
        title=_("%(purpose)s: %(given)s given, %(withdrawn)s withdrawn")
        % {
            "purpose": version.name if version else one.purpose,
            "given": f"{given:,}",
            "withdrawn": f"{withdrawn:,}",
        },
        about=_("Two lines that rise with every consent given and every consent withdrawn, month by month."),
        table=Table(
            [_("Month"), _("given"), _("withdrawn")],
            [[MONTHS_AP[month], one.given[month - 1], one.withdrawn[month - 1]] for month in MONTHS],
        ),
        template="admin/charts/steps.html",
        height=140,
        shapes={"lines": lines, "labels": charts.QUARTERS},
        url=reverse("admin:catalogue_purpose_change", args=[version.purpose_id]) if version else "",
        link=version.name if version else "",
    )
