"""Measure the year in charts over HTTP, beside one GROUP BY over the same requests."""

import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from consents.core import clock
from consents.exports import selectors
from consents.exports.staff.compliance.counting import get_year_bounds
from consents.ops.bench import company, exports, load
from consents.ops.bench.load import Call
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.table import MeasuredCharts
from consents.people.models import Role
from consents.rights.models import RightsRequest

ROUNDS = 5  # portal and floor in turn, after one round that does not count
COUNT_REQUESTS = "SELECT request_type, outcome, denial_reason, count(*) FROM rights_register GROUP BY 1, 2, 3"


def measure_charts(portal: int, rows: int, customers: int, say: Callable[[str], None]) -> MeasuredCharts:
    """Measure the charts of last year, in which most of the requests arrived."""
    exports.create_requests(rows, customers, say)
    zone = selectors.get_time_zone()
    year = clock.now().astimezone(zone).year - 1
    of_year = get_year_bounds(year, zone)
    shown = RightsRequest.objects.filter(received_at__gte=of_year["first"], received_at__lt=of_year["last"]).count()
    cookie = create_sessions([company.employ_staff(0x0FF1CF, Role.COMPLIANCE_OFFICER).user])[0]
    call = Call(f"{reverse('admin:exports_compliance')}?{urlencode({'year': year})}", 200, 'id="metrics"', cookie)
    say(f"Measuring: the year in charts over {rows:,} requests …")
    with load.open_connection(portal) as speaking:
        pairs = [
            (measure_seconds(lambda: load.send_call(speaking, call)), measure_seconds(count_requests))
            for _round in range(1 + ROUNDS)
        ]
    ours, floor = (1000 * median(seconds) for seconds in zip(*pairs[1:], strict=True))
    return MeasuredCharts(RightsRequest.objects.count(), shown, ours, floor)


def count_requests() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_REQUESTS)
        cursor.fetchall()


def measure_seconds(deed: Callable[[], None]) -> float:
    began = time.monotonic()
    deed()
    return time.monotonic() - began
