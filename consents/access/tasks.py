"""Jobs that record what time has ended. They enforce nothing: expiry is judged at read."""

from procrastinate.contrib.django import app

from consents.access import services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.expire")
def record_expired_requests(timestamp: int) -> None:
    services.expire_when_due()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="access.end")
def record_ended_grants(timestamp: int) -> None:
    services.end_when_due()
