"""Jobs that count. A worker that is killed leaves nothing: the next one counts from the beginning."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.insights.services import counting


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def count_insight(insight: str) -> None:
    counting.count_insight(insight=UUID(insight))


@app.periodic(cron="17 2 * * *")
@app.task(queueing_lock="insights.figures", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def publish_figures(timestamp: int) -> None:
    counting.publish_due_months()
