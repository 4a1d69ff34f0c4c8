"""Jobs of this room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.notifications import delivery, services
from consents.notifications.rules import TRIES


@app.task(queue="mail", retry=RetryStrategy(max_attempts=TRIES, exponential_wait=5))
def send(message: str) -> None:
    try:
        delivery.deliver(message=UUID(message))
    except Exception as error:
        services.note_failed_try(message=UUID(message), error=error)
        raise
