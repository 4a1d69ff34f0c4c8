"""Find what is late although the portal answers: a word each, for `/readyz` and the alarms."""

import logging
import smtplib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.utils import translation
from procrastinate.contrib.django import app

from consents.core import charts
from consents.core.bearer_tokens import take_slot
from consents.notifications.email_texts import build_email_context, render_email_text
from consents.ops.monitoring.self_check import RESULT
from consents.ops.running.doctor import MOST_SECONDS, measure_clock_skew
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS
from consents.systems.selectors import list_told_systems, select_troubled_receivers

# Write to the officers when something has stopped working, once per outage.
#
# From a thread of the web processes and straight to the mail server: the worker, which sends every other email, may be
# what has stopped. One process of all does it each minute. What is troubled at two looks in a row is an outage; it is
# over after half an hour without trouble.

LOOK_EVERY = 60
START_SECONDS = 600  # after a start much is late for a while
OVER_SECONDS, LONGEST_SECONDS = 30 * 60, 30 * 24 * 3600
SUSPECTED_SECONDS = 3 * LOOK_EVERY
log = logging.getLogger(__name__)
# Told in this process while there was no database to remember it.
_told_without_database: set[str] = set()


def start_alarms(check: Callable[[], dict[str, str]]) -> None:
    """Look every minute from now on; `check` names each part and its state in a word."""
    threading.Thread(target=look_for_ever, args=[check], name="alarms", daemon=True).start()


def look_for_ever(check: Callable[[], dict[str, str]]) -> None:
    time.sleep(START_SECONDS)
    while True:
        try:
            look_once(check())
        except Exception as error:
            log.error("Alarms could not be raised: %s.", type(error).__name__)
        finally:
            connection.close()
        time.sleep(LOOK_EVERY)


def look_once(states: Mapping[str, str]) -> list[str]:
    """Return the parts whose outage began now, and tell the officers of them."""
    if states.get("database") == "unreachable":
        begun = sorted({"database"} - _told_without_database)
        _told_without_database.add("database")
        recipients = [settings.PORTAL_EMAIL]
    elif take_slot("alarms", most=1, seconds=LOOK_EVERY - 5):
        _told_without_database.clear()
        begun = [name for name, state in states.items() if has_outage_begun(name, state != "ok")]
        recipients = list_officers()
    else:
        return []
    if begun:
        send_alarm(begun, recipients)
    return begun


def has_outage_begun(part: str, is_troubled: bool) -> bool:
    """Remember in the cache: suspected at the first look, then told, then over."""
    key = f"alarm-{part}"
    known = cache.get(key)
    if not is_troubled:
        if known == "told":
            cache.set(key, "over", OVER_SECONDS)
        elif known == "suspected":
            cache.delete(key)
        return False
    if known is None:
        cache.set(key, "suspected", SUSPECTED_SECONDS)
        return False
    cache.set(key, "told", LONGEST_SECONDS)
    return bool(known == "suspected")


def list_officers() -> list[str]:
    return sorted(select_working(*OFFICERS).values_list("user__email", flat=True)) or [settings.PORTAL_EMAIL]


def send_alarm(parts: list[str], recipients: list[str]) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        letter = render_email_text("email/alarm", build_email_context({"parts": ", ".join(parts)}))
    log.error("Troubled: %s. The officers are told.", ", ".join(parts))
    for recipient in recipients:
        try:
            letter.addressed(recipient, {}).send()
        except (OSError, smtplib.SMTPException) as error:
            log.error("An alarm could not be sent: %s.", type(error).__name__)


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
    return "late" if charts.has_turned_away() else "ok"


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
