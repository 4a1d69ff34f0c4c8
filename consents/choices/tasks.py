"""Jobs that record what time and the company have ended, and remind. They enforce nothing: a yes is judged at read."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.choices import services
from consents.notifications.rules import BEHIND


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="choices.expire")
def record_expired_choices(timestamp: int) -> None:
    services.expire_when_due()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="choices.revoke")
def record_choices_of_retired_purposes(timestamp: int) -> None:
    services.revoke_when_due()


@app.periodic(cron="15 * * * *")
@app.task(queueing_lock="choices.digest")
def remind_of_choices(timestamp: int) -> None:
    services.queue_digests_when_due()


# As far behind as the mails it queues: they go out before the next customers are told.
@app.task(priority=BEHIND, retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def tell_of_version(version: int, after: str = "") -> None:
    """A few customers at a time; whoever was told already is not told again, should this run twice."""
    last = services.tell_next(version=version, after=UUID(after) if after else None)
    if last:
        tell_of_version.defer(version=version, after=str(last))
