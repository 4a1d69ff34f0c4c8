"""Jobs that record what time has ended. They enforce nothing: expiry is judged at read."""

from procrastinate.contrib.django import app

from consents.access.services import ending


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.expire")
def record_expired_requests(timestamp: int) -> None:
    ending.expire_due_requests()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.end")
def record_ended_grants(timestamp: int) -> None:
    ending.end_due_grants()
