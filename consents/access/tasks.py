"""Jobs that record what time has ended. They enforce nothing: expiry is judged at read."""

from procrastinate.contrib.django import app

from consents.access.services import ending, enquiring


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.expire")
def record_expired_requests(timestamp: int) -> None:
    ending.expire_due_requests()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.end")
def record_ended_grants(timestamp: int) -> None:
    ending.end_due_grants()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="access.remind")
def remind_customers(timestamp: int) -> None:
    enquiring.send_due_reminders()
