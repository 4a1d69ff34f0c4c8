"""Run this room's jobs."""

from uuid import UUID

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from consents.notifications import delivery
from consents.notifications.rules import LONGEST_WAIT_FOR_CODE, MAX_TRIES
from consents.notifications.services import failing


class EmailRetries(BaseRetryStrategy):
    """Wait five times as long after each failure; for a code at most a minute, until it dies (`deliver_message`)."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        wait = 5 ** (job.attempts + 1)
        if job.task_kwargs.get("has_code"):
            return RetryDecision(retry_in={"seconds": min(wait, LONGEST_WAIT_FOR_CODE)})
        return RetryDecision(retry_in={"seconds": wait}) if job.attempts < MAX_TRIES else None


@app.task(queue="mail", retry=EmailRetries())
def send_message(message: str, has_code: bool = False) -> None:
    try:
        delivery.deliver_message(message=UUID(message))
    except Exception as error:
        failing.record_failed_try(message=UUID(message), error=error)
        raise
