"""Record what became of webhooks, and send them again."""

import logging
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose, PurposeVersion
from consents.core import clock
from consents.core.refusals import Refusal, Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Customer
from consents.systems import rules, selectors, tasks
from consents.systems.kinds import ERASED, PUBLISHED, RETIRED, TEST, seal_number
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import KEPT_DELIVERED, KEPT_UNDELIVERED, KEPT_UNKNOWN, LONGEST_WAIT, SOON, Reply


@transaction.atomic
def forget_old_webhooks() -> None:
    """Remove both. For a system that the settings do not name, or not for this purpose, wait a day first: another
    machine may have begun with newer settings.
    """
    now, systems = clock.now(), selectors.list_told_systems()
    is_old = Q(queued_at__lt=now - KEPT_UNDELIVERED) | Q(delivered_at__lt=now - KEPT_DELIVERED)
    is_told = Q(pk__in=[])
    for system in systems:
        is_told |= Q(system=system.name, purpose__in=["", *system.purposes])
    Webhook.objects.filter(is_old | ~is_told & Q(queued_at__lt=now - KEPT_UNKNOWN)).delete()
    waiting = Webhook.objects.values("system")
    Receiver.objects.exclude(name__in=[system.name for system in systems]).exclude(name__in=waiting).delete()


log = logging.getLogger(__name__)


class NothingToSend(Refusal):
    sentence = _("Nothing was given up here, and nothing is stopped: there is nothing to send again.")


class ReceiverStopped(Refusal):
    sentence = _("Nothing is sent to this system now. Press “Send again” first.")


def add_receivers() -> None:
    """Make a row for each system that takes webhooks and has none yet."""
    names = [system.name for system in selectors.list_told_systems()]
    missing = set(names) - set(Receiver.objects.values_list("name", flat=True)) if names else set()
    Receiver.objects.bulk_create([Receiver(name=name) for name in sorted(missing)], ignore_conflicts=True)


def queue_delivery(after: timedelta = timedelta(0)) -> None:
    seconds = int(after.total_seconds()) + 1
    tasks.deliver_webhooks.configure(schedule_in={"seconds": seconds} if after else None).defer(timestamp=0)


@transaction.atomic
def record_reply(*, webhook: Webhook, reply: Reply) -> None:
    """Record a try. What was taken is done, 410 ends it for this receiver, everything else is tried again, at last
    given up.
    """
    receiver, now = Receiver.objects.select_for_update().get(name=webhook.system), clock.now()
    # An officer may have sent it again meanwhile; and it is gone if its customer was erased, which all are told of.
    tries = Webhook.objects.filter(pk=webhook.pk).values_list("tries", flat=True).first() or 0
    if reply.is_taken:
        change_webhook(webhook, delivered_at=now, error="", sealed=None)
        receiver.failures, receiver.resumes_at, receiver.delivered_at, receiver.error = 0, now, now, ""
    else:
        wait = rules.compute_wait(tries + 1, random.random(), reply.retry_after)
        change_webhook(webhook, error=reply.kind, **({"due_at": now + wait} if wait else {"given_up_at": now}))
        receiver.failed_at, receiver.error = now, reply.kind
        log.warning("system %s did not take a webhook: %s", webhook.system, reply.kind)
        hold_back(receiver, reply, now)
        if wait and wait < SOON:
            queue_delivery(wait)
    receiver.save()


def record_missing_secret(name: str) -> None:
    """Say why nothing is sent. It is no failure of the receiver: all is sent as soon as there is a secret."""
    Receiver.objects.filter(name=name).update(error="NoSecret")


def change_webhook(webhook: Webhook, **changes: Any) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(tries=F("tries") + 1, **changes)


def hold_back(receiver: Receiver, reply: Reply, now: datetime) -> None:
    """Send nothing to a receiver that fails for a while, the longer the more often it has; at last stop.

    Meanwhile others become due than the webhook that failed, so that one which always fails holds up no other.
    """
    if reply.is_gone:
        receiver.stopped_at = now
    elif reply.refuses_this_one:
        receiver.failures = 0
    else:
        receiver.failures += 1
        wait = rules.compute_wait(receiver.failures, random.random(), reply.retry_after)
        receiver.resumes_at, receiver.stopped_at = now + (wait or LONGEST_WAIT), None if wait else now


@transaction.atomic
def resume_receiver(*, name: str, by: Actor) -> None:
    """Send again what was given up or waits, from now on as if nothing had failed. Raises Unknown, NothingToSend."""
    receiver = lock_receiver(name)
    if not selectors.is_anything_held(receiver):
        raise NothingToSend
    receiver.failures, receiver.stopped_at, receiver.resumes_at = 0, None, clock.now()
    receiver.save(update_fields=["failures", "stopped_at", "resumes_at"])
    undelivered = selectors.select_undelivered_webhooks().filter(system=name)
    undelivered.update(given_up_at=None, tries=0, due_at=F("queued_at"))
    queue_delivery()
    appending.append_entry(event="webhooks.resumed", by=by, object_type="system", object=name)


@transaction.atomic
def send_test_webhook(*, name: str, by: Actor) -> None:
    """Queue a webhook that says nothing, to see whether the receiver takes it. Raises Unknown, ReceiverStopped."""
    receiver = lock_receiver(name)
    if receiver.stopped_at is not None or receiver.resumes_at > clock.now():
        raise ReceiverStopped
    insert_webhooks(TEST, [name])
    appending.append_entry(event="webhooks.tested", by=by, object_type="system", object=name)


def lock_receiver(name: str) -> Receiver:
    """Raises Unknown, also for a system that is told no longer."""
    if name not in [system.name for system in selectors.list_told_systems()]:
        raise Unknown
    return get_or_refuse(Receiver.objects.select_for_update().filter(name=name))


# One webhook for each system, and the job that delivers them. The decision API knows no customer without a number.
QUEUE_WEBHOOKS = """
WITH queued AS (
    INSERT INTO systems_webhook (id, system, kind, customer_id, purpose, record, sealed, key_id, tries, error)
    SELECT new.id, new.system, %s, c.id, %s, %s, new.sealed, %s, 0, ''
    FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS new(id, system, sealed)
    LEFT JOIN people_customer AS c ON c.id = %s
    WHERE %s::uuid IS NULL OR c.reference IS NOT NULL
    RETURNING id)
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW(%s, %s, 0, NULL, NULL, '{"timestamp": 0}'::jsonb, NULL)::procrastinate_job_to_defer_v1])
WHERE EXISTS (SELECT FROM queued)
"""


def queue_webhooks(*, kind: str, customer: UUID | None = None, purpose: str = "", record: UUID | None = None) -> None:
    """Queue a webhook to every system that may ask about this purpose, in the caller's transaction: one statement, and
    none where there is no such system.

    `kind` is the event in the ledger, one of KINDS. No `purpose` stands for all of a system's, no `customer` for
    everybody.
    """
    systems = [system.name for system in selectors.list_told_systems(purpose)]
    if systems:
        insert_webhooks(kind, systems, customer, purpose, record)


def insert_webhooks(
    kind: str,
    systems: list[str],
    customer: UUID | None = None,
    purpose: str = "",
    record: UUID | None = None,
    number: str = "",
) -> None:
    """Insert them, with the job. `number`: of a customer of whom nothing else is left."""
    ids, key_id = [uuid4() for _system in systems], settings.KEYRING.current if number else ""
    sealed = [seal_number(id, number, key_id) if number else None for id in ids]
    names: list[Any] = [kind, purpose, record, key_id, ids, systems, sealed]
    job = tasks.deliver_webhooks
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_WEBHOOKS, [*names, customer, customer, job.queue, job.name])


def queue_erasure_webhooks(customer: UUID, **_: Any) -> None:
    """Remove what leads to the customer, and tell every system by a webhook of nobody's: by signal, inside the act of
    erasing, as long as their number is known.
    """
    Webhook.objects.filter(customer=customer).delete()
    systems = [system.name for system in selectors.list_told_systems()]
    number = Customer.objects.filter(pk=customer).values_list("reference", flat=True).get() if systems else None
    if number:
        insert_webhooks(ERASED, systems, number=number)


def queue_retirement_webhooks(purpose: Purpose, **_: Any) -> None:
    queue_webhooks(kind=RETIRED, purpose=purpose.code)


def queue_publication_webhooks(version: PurposeVersion, **_: Any) -> None:
    queue_webhooks(kind=PUBLISHED, purpose=version.purpose.code)
