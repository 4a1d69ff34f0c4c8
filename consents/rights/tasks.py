"""Jobs of rights requests: what is late is put on record, what is over is removed."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.rights.services import filing, removing, saved_views, waiting


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="rights.late")
def record_late_requests(timestamp: int) -> None:
    waiting.record_late_when_due()


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="rights.remove", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def remove_old_requests(timestamp: int) -> None:
    removing.remove_requests_when_due()
    filing.discard_old_drafts()
    saved_views.remove_left_views()
