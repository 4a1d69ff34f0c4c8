"""The year in charts over HTTP, beside one GROUP BY over the table of the same requests."""

import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from consents.bench import company, exports, load, servers
from consents.bench.load import Call
from consents.bench.sessions import signed_in
from consents.bench.table import Charted
from consents.core import clock
from consents.exports import selectors
from consents.exports.compliance.counting import bounds
from consents.people.models import Role
from consents.rights.models import RightsRequest

ROUNDS = 5  # ours and the floor in turn, after one of each that is not counted
COUNTED = "SELECT request_type, outcome, denial_reason, count(*) FROM rights_rightsrequest GROUP BY 1, 2, 3"


def measure(rows: int, customers: int, say: Callable[[str], None]) -> Charted:
    """Of last year, over which most of the requests are spread."""
    exports.fill(rows, customers, say)
    zone = selectors.zone()
    year = clock.now().astimezone(zone).year - 1
    of_year = bounds(year, zone)
    shown = RightsRequest.objects.filter(received_at__gte=of_year["first"], received_at__lt=of_year["last"]).count()
    cookie = signed_in([company.employ(0x0FF1CF, Role.COMPLIANCE_OFFICER).user])[0]
    call = Call(f"{reverse('admin:exports_compliance')}?{urlencode({'year': year})}", 200, 'id="metrics"', cookie)
    say(f"Measuring: the year in charts over {rows:,} requests …")
    with servers.portal_server() as portal, load.connected(portal) as speaking:
        pairs = [(timed(lambda: load.ask(speaking, call)), timed(count)) for _round in range(1 + ROUNDS)]
    ours, floor = (1000 * median(seconds) for seconds in zip(*pairs[1:], strict=True))
    return Charted(RightsRequest.objects.count(), shown, ours, floor)


def count() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        cursor.fetchall()


def timed(deed: Callable[[], None]) -> float:
    began = time.monotonic()
    deed()
    return time.monotonic() - began
