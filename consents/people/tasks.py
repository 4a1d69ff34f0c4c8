"""Run this room's jobs."""

from procrastinate.contrib.django import app

from consents.people import submissions


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="people.forget_submissions")
def forget_submissions(timestamp: int) -> None:
    submissions.delete_old_submissions()
