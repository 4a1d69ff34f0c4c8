"""Write to the officers when something has stopped working, once per outage.

From a thread of the web processes and straight to the mail server: the worker, which sends every other email, may be
what has stopped. One process of all does it each minute. What is troubled at two looks in a row is an outage; it is
over after half an hour without trouble.
"""

import logging
import smtplib
import threading
import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from consents.core.throttling import take_slot
from consents.notifications.email_texts import build_email_context, render_email_text
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS

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
