"""Queue webhooks in the transaction of the change that they tell of."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from consents.catalogue.models import Purpose, PurposeVersion
from consents.people.models import Customer
from consents.systems import selectors, tasks
from consents.systems.kinds import ERASED, PUBLISHED, RETIRED
from consents.systems.models import Webhook
from consents.systems.numbers import seal_number

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
