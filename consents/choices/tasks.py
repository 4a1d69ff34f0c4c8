"""Jobs that record what time and the company have ended, and remind. They enforce nothing: a yes is judged at read."""

from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.catalogue.models import PurposeVersion
from consents.choices.services import answering, emails, withdrawing
from consents.notifications.rules import LOW_PRIORITY


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="choices.expire")
def record_expired_choices(timestamp: int) -> None:
    withdrawing.expire_due_choices()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="choices.revoke")
def record_choices_of_retired_purposes(timestamp: int) -> None:
    withdrawing.revoke_due_choices()


@app.periodic(cron="15 * * * *")
@app.task(queueing_lock="choices.digest")
def remind_of_choices(timestamp: int) -> None:
    answering.queue_due_digests()


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="choices.assents")
def tell_of_lapsed_assents(timestamp: int) -> None:
    emails.notify_of_lapsed_assents()


# A job of its own: one email that fails ends the other job.
@app.periodic(cron="25 * * * *")
@app.task(queueing_lock="choices.overtaken_assents")
def tell_of_overtaken_assents(timestamp: int) -> None:
    emails.notify_of_overtaken_assents()


# The same priority as the emails it queues, so that they go out before the next batch.
@app.task(priority=LOW_PRIORITY, retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def notify_of_version(version: int, after: str = "") -> None:
    """Notify a few customers and queue the next batch; running twice notifies no one twice."""

    def retry(choice: UUID) -> None:
        notify_customer_of_version.defer(version=version, choice=str(choice))

    last = emails.notify_next_customers(version=version, retry=retry, after=UUID(after) if after else None)
    if last:
        notify_of_version.defer(version=version, after=str(last))


@app.task(priority=LOW_PRIORITY, retry=RetryStrategy(max_attempts=10, exponential_wait=4))
def notify_customer_of_version(version: int, choice: str) -> None:
    """Notify a customer who could not be notified with the others."""
    emails.notify_one_customer(choice=UUID(choice), version=version)


def queue_version_emails(version: PurposeVersion, **_: Any) -> None:
    """Queue the first batch of emails about a version that is being published. By signal, inside that act."""
    notify_of_version.defer(version=version.pk)
