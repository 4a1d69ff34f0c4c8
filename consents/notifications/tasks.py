"""Run this room's jobs."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.notifications import delivery
from consents.notifications.rules import MAX_TRIES
from consents.notifications.services import failing


@app.task(queue="mail", retry=RetryStrategy(max_attempts=MAX_TRIES, exponential_wait=5))
def send_message(message: str) -> None:
    try:
        delivery.deliver_message(message=UUID(message))
    except Exception as error:
        failing.record_failed_try(message=UUID(message), error=error)
        raise
