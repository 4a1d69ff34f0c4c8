"""Run this room's jobs."""

from procrastinate.contrib.django import app

from consents.people import known_browsers


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="people.forget_submissions")
def forget_submissions(timestamp: int) -> None:
    known_browsers.delete_old_submissions()
