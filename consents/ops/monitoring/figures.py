"""Figures for Prometheus: how old is what waits, how much, and what happened in the last hour. None has a personal
label: events, parts and queues are words of ours.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from django.core.cache import cache
from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily, Metric

from consents.ledger.selectors.timelines import measure_wait_for_sealing
from consents.ops.running.doctor import measure_clock_skew

# In the cache, by the commands: when each last ended well, in seconds since 1970.
LAST_BACKUP, LAST_VERIFICATION = "last-backup", "last-verification"
REMEMBERED_SECONDS = 400 * 24 * 3600

AGES = {
    "unjournalled": """
SELECT extract(epoch FROM portal.now() - min(e.occurred_at))
FROM ledger_unjournalled AS w JOIN ledger_entry AS e ON e.id = w.entry""",
    "unsent_email": """
SELECT extract(epoch FROM portal.now() - min(queued_at)) FROM notifications_message
WHERE outcome <> 'sent' AND sent_at IS NULL""",
    "undelivered_webhook": """
SELECT extract(epoch FROM portal.now() - min(queued_at)) FROM systems_webhook WHERE delivered_at IS NULL""",
}
JOBS = """
SELECT queue_name, status::text, count(*), coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, now()))), 0)
FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2"""
GIVEN_UP = """
SELECT outcome, count(*) FROM notifications_message
WHERE outcome NOT IN ('sent', '') AND sent_at > portal.now() - interval '1 day' GROUP BY 1"""
WEBHOOKS_GIVEN_UP = """
SELECT system, count(*) FROM systems_webhook WHERE delivered_at IS NULL AND given_up_at IS NOT NULL GROUP BY 1"""
# By the index on time.
ENTRIES = """
SELECT event, count(*) FROM ledger_entry WHERE occurred_at > portal.now() - interval '1 hour' GROUP BY 1"""


class FigureCollector:
    """Ask the database at each scrape. `check` names each part of the portal and its state, as `/readyz` does."""

    def __init__(self, check: Callable[[], Mapping[str, str]]) -> None:
        self.check = check

    def collect(self) -> Iterator[Metric]:
        states = self.check()
        yield build_gauge("portal_part_ok", "1 where a part of /readyz is in order", "part", {
            part: float(state == "ok") for part, state in states.items()
        })  # fmt: skip
        if states.get("database") != "ok":
            return
        try:
            yield from collect_figures()
        except DatabaseError:
            return  # a part says so at the next scrape
        finally:
            connection.close()


def collect_figures() -> Iterator[Metric]:
    ages = {"unsealed": measure_wait_for_sealing()}
    ages |= {what: read_rows(query)[0][0] or 0.0 for what, query in AGES.items()}
    yield build_gauge("portal_oldest_waiting_seconds", "Age of the oldest that waits", "what", ages)
    yield from collect_jobs()
    yield build_gauge("portal_emails_given_up", "Emails given up in the last day", "outcome", dict(read_rows(GIVEN_UP)))
    given_up = dict(read_rows(WEBHOOKS_GIVEN_UP))
    yield build_gauge("portal_webhooks_given_up", "Webhooks given up, until they are sent again", "system", given_up)
    yield build_gauge(
        "portal_entries_last_hour", "Entries of the ledger in the last hour", "event", dict(read_rows(ENTRIES))
    )
    yield build_gauge("portal_since_seconds", "Seconds since it last ended well; none if it never has", "what", {
        key: time.time() - moment for key in (LAST_BACKUP, LAST_VERIFICATION) if (moment := cache.get(key))
    })  # fmt: skip
    skew = GaugeMetricFamily("portal_clock_skew_seconds", "By how much this machine's clock is ahead of the database's")
    skew.add_metric([], measure_clock_skew())
    yield skew


def collect_jobs() -> Iterator[Metric]:
    number = GaugeMetricFamily("portal_jobs", "Jobs by queue and status", labels=["queue", "status"])
    age = GaugeMetricFamily(
        "portal_jobs_oldest_seconds", "By how much the oldest job is late", labels=["queue", "status"]
    )
    for queue, status, jobs, seconds in read_rows(JOBS):
        number.add_metric([queue, status], jobs)
        age.add_metric([queue, status], max(0.0, float(seconds)))
    yield from (number, age)


def build_gauge(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=[label])
    for value, number in sorted(values.items()):
        gauge.add_metric([value], float(number))
    return gauge


def read_rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple] = cursor.fetchall()
        return rows


def remember_success(what: str) -> None:
    """Remember that a backup or a verification ended well now; without a database it did all the same."""
    with suppress(DatabaseError):
        cache.set(what, time.time(), REMEMBERED_SECONDS)
