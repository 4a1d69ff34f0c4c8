"""Jobs of this room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.notifications.delivery import deliver


@app.task(queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def send(message: str) -> None:
    deliver(message=UUID(message))
