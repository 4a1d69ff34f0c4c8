"""Background jobs of no room."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from consents.ops.monitoring import self_check
from consents.ops.running.worker import SILENT_SECONDS

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")  # a code somebody waits for may be among them
@app.task(queueing_lock="retry_abandoned_jobs", pass_context=True)
async def retry_abandoned_jobs(context: JobContext, timestamp: int) -> None:
    """Retry jobs whose worker was killed. Every job must tolerate running twice."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        try:
            await jobs.retry_job(job)
        except ConnectorException:  # the next of its kind waits already, or it has just ended: the others go on
            log.warning("The job %s was not begun again.", job.task_name, exc_info=True)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="run_self_check")
def run_self_check(timestamp: int) -> None:
    self_check.run_self_check()
