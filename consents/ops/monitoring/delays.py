"""Find what is late although the portal answers: a word each, for `/readyz` and the alarms."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from procrastinate.contrib.django import app

from consents.core import crowding
from consents.ops.monitoring.self_check import RESULT
from consents.ops.running.clock_skew import MOST_SECONDS, measure_clock_skew
from consents.systems.selectors import list_told_systems, select_troubled_receivers

WORKER_LATE = """
SELECT coalesce(max(last_heartbeat) < now() - interval '2 minutes', true) FROM procrastinate_workers
"""
# An address that was refused for good has an outcome; what waits is still to be sent. By the partial index.
EMAIL_LATE = """
SELECT EXISTS (SELECT FROM notifications_message
    WHERE outcome <> 'sent' AND sent_at IS NULL AND queued_at < now() - interval '15 minutes'
      AND queued_at > now() - interval '2 days')
"""
# Each failed job was given up after its last try; whoever has read of it deletes it or lets it grow old. What runs
# again and again is over once a later run has ended well, which leaves no job: the database may have been restarted.
# A run that waits or goes on proves nothing, unless others came before it since: of what runs every few minutes, there
# is always one.
JOBS_FAILED = """
SELECT EXISTS (SELECT FROM procrastinate_jobs AS j JOIN procrastinate_events AS e ON e.job_id = j.id
    WHERE j.status = 'failed' AND e.type = 'failed' AND e.at > now() - interval '1 day'
      AND NOT EXISTS (
        SELECT FROM procrastinate_periodic_defers AS d LEFT JOIN procrastinate_jobs AS later ON later.id = d.job_id
        WHERE d.task_name = j.task_name AND to_timestamp(d.defer_timestamp) > e.at
          AND (later.id IS NULL OR later.status <> 'failed' AND d.task_name = ANY(%s)
                                   AND to_timestamp(d.defer_timestamp) > e.at + interval '10 minutes')))
"""

STARTED = time.monotonic()  # this process
FIRST_CHECK_SECONDS = 10 * 60  # after a start the first self-check may take two of its turns


def is_true(query: str, *values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return bool(cursor.fetchone()[0])


def describe_worker() -> str:
    """Say whether the worker lives: it reports every few seconds."""
    return "late" if is_true(WORKER_LATE) else "ok"


def describe_email() -> str:
    return "late" if is_true(EMAIL_LATE) else "ok"


def describe_refusals() -> str:
    """Say whether the made-up customer's no counted when it was last tried (self_check), or has yet to be."""
    result = cache.get(RESULT)
    if result is None and time.monotonic() < STARTED + FIRST_CHECK_SECONDS:
        return "ok"
    return {"ok": "ok", None: "late"}.get(result, "broken")


def describe_places() -> str:
    """Say whether this process has turned requests away within the last minute."""
    return "late" if crowding.has_turned_away() else "ok"


def describe_jobs() -> str:
    """Say whether a job was given up within the last day, and has not ended well since."""
    return "broken" if is_true(JOBS_FAILED, list_frequent_tasks()) else "ok"


def list_frequent_tasks() -> list[str]:
    """List what runs every few minutes, at most ten."""
    periodic = app.periodic_registry.periodic_tasks.values()
    return [one.task.name for one in periodic if one.cron.startswith("*")]


def describe_clock() -> str:
    """Say whether this machine's clock is the database's: codes and signatures carry times."""
    return "broken" if abs(measure_clock_skew()) > MOST_SECONDS else "ok"


def describe_systems() -> str:
    """Say whether the company's other systems are told of changes: one is broken that was stopped, or missed some."""
    if not list_told_systems():
        return "ok"
    troubled = select_troubled_receivers()
    if troubled.filter(Q(stopped_at__isnull=False) | Q(given_up__gt=0)).exists():
        return "broken"
    return "late" if troubled.exists() else "ok"


PARTS: dict[str, Callable[[], str]] = {
    "worker": describe_worker,
    "email": describe_email,
    "refusals": describe_refusals,
    "places": describe_places,
    "jobs": describe_jobs,
    "clock": describe_clock,
    "systems": describe_systems,
}


def describe_delays() -> dict[str, str]:
    return {name: describe() for name, describe in PARTS.items()}
