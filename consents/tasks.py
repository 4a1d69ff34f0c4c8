"""Background jobs of no room."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from consents.accounts import adapter, address_changes
from consents.home import staff_emails
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


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="forget_ended")
def delete_expired_sessions(timestamp: int) -> None:
    adapter.delete_expired_sessions()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="apply_address_changes")
def apply_address_changes(timestamp: int) -> None:
    address_changes.apply_address_changes()


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="delete_unfinished_sign_ups")
def delete_unfinished_sign_ups(timestamp: int) -> None:
    adapter.delete_unfinished_sign_ups()


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="send_daily_staff_emails")
def send_daily_staff_emails(timestamp: int) -> None:
    if staff_emails.is_morning_over():
        staff_emails.send_daily_emails()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="notify_staff_of_new_work")
def notify_staff_of_new_work(timestamp: int) -> None:
    staff_emails.notify_of_new_work()
