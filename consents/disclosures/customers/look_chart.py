"""Draw how often staff looked, month by month, with the table of the numbers."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from consents.core.charts import BELOW, PLOT, STEP, TOP, Chart, Table, build_columns, get_middle
from consents.disclosures.customers.look_filter import name_month
from consents.disclosures.selectors import MONTHS_SHOWN


def build_look_chart(counted: list[tuple[date, int]]) -> Chart | None:
    """Build the chart of the year that ends with the last month in which somebody looked; None without any look."""
    if not counted:
        return None
    looks, months, language = dict(counted), list_months_until(counted[-1][0]), get_language()
    values = [looks.get(month, 0) for month in months]
    total = sum(values)
    return Chart(
        key="looks",
        title=ngettext("%(n)d look in these 12 months", "%(n)d looks in these 12 months", total) % {"n": total},
        about=_("One column for each month, as high as the number of looks by our staff. The table has the numbers."),
        table=Table([_("Month"), _("Looks")], [(name_month(month), looks.get(month, 0)) for month in months]),
        template="components/look_columns.html",
        height=TOP + PLOT + BELOW,
        shapes={
            "columns": build_columns(values, max(values)),
            "labels": [(abbreviate_month(language, month), get_middle(place)) for place, month in enumerate(months)],
        },
        width=STEP * MONTHS_SHOWN,
    )


@lru_cache(maxsize=256)
def abbreviate_month(_language: str | None, month: date) -> str:
    """Abbreviate it in the active language."""
    return date_format(month, "M")


def list_months_until(last: date) -> list[date]:
    """List the first days of twelve months, oldest first."""
    count = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count - MONTHS_SHOWN + 1, count + 1)]
