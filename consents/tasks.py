"""Jobs of no room."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from consents import accounts


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="retry_abandoned_jobs", pass_context=True)
async def retry_abandoned_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed in the middle run again: every job of the house may run twice."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.retry_job(job)


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="forget_ended")
def forget_ended(timestamp: int) -> None:
    accounts.forget_ended()
