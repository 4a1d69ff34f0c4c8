"""Deliver webhooks: one process at a time, one after the other, to each system in its turn."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.core.sealing import CannotOpen
from consents.systems import selectors, sending
from consents.systems.kinds import CUSTOMER, PURPOSE, RECORD, TEST
from consents.systems.models import Webhook
from consents.systems.numbers import read_number
from consents.systems.rules import Reply, System
from consents.systems.services import delivering
from consents.systems.signing import NoSecret, read_secrets, sign_webhook

MOST_AT_ONCE, SECONDS_AT_ONCE = 50, 20.0  # to one system, before the next has its turn
TRY_TURN = "SELECT pg_try_advisory_lock(hashtextextended('webhooks', 0))"
END_TURN = "SELECT pg_advisory_unlock(hashtextextended('webhooks', 0))"


def deliver_due_webhooks() -> None:
    """Send what is due, to every system in turn; whoever comes while another process does leaves it to that one.

    So a receiver that hangs holds one of the worker's places at most, and emails go on. What is due still, or again
    because its own job came meanwhile and left, gets another job.
    """
    systems = selectors.list_told_systems()
    with take_turn() as is_ours:
        if not is_ours:
            return
        delivering.add_receivers()
        run_for_each(systems, deliver_to_system)
    if any(selectors.find_due_webhook(system) for system in systems if has_secret(system)):
        delivering.queue_delivery()


@contextmanager
def take_turn() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(TRY_TURN)
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute(END_TURN)


def deliver_to_system(system: System) -> None:
    """Send to this system what is due, until nothing is, it fails, or its turn is over. Without a secret all waits."""
    ends = time.monotonic() + SECONDS_AT_ONCE
    if not has_secret(system):
        delivering.record_missing_secret(system.name)
        return
    for _turn in range(MOST_AT_ONCE):
        webhook = selectors.find_due_webhook(system)
        if webhook is None or time.monotonic() > ends:
            return
        delivering.record_reply(webhook=webhook, reply=try_delivery(system, webhook))


def has_secret(system: System) -> bool:
    try:
        return bool(read_secrets(settings.PORTAL_KEYS, system.name))
    except NoSecret:
        return False


def try_delivery(system: System, webhook: Webhook) -> Reply:
    """Sign and send it. Its id is that of every try, its time that of this one."""
    now, id = clock.now(), f"msg_{webhook.pk.hex}"
    timestamp = int(now.timestamp())
    try:
        body = build_body(webhook)
        signature = sign_webhook(read_secrets(settings.PORTAL_KEYS, system.name), id, timestamp, body)
    except (NoSecret, KeyError, CannotOpen) as error:
        return Reply(error=type(error).__name__)
    headers = {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    return sending.post_webhook(system, body, headers, now)


def build_body(webhook: Webhook) -> bytes:
    """Write what is told: ids alone. Of one customer a greater `sequence` is newer."""
    facts = {
        CUSTOMER: read_number(webhook),
        PURPOSE: webhook.purpose or None,
        RECORD: str(webhook.record) if webhook.record else None,
        "sequence": count_microseconds(webhook.queued_at),
    }
    moment = webhook.queued_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {"type": webhook.kind, "timestamp": moment, "data": {} if webhook.kind == TEST else facts}
    return json.dumps(content, separators=(",", ":")).encode()


def count_microseconds(moment: datetime) -> int:
    """Count them since 1970: a number that JSON holds exactly, and that goes on rising over a restoration."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
