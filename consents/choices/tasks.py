"""Jobs that record what time and the company have ended, and remind. They enforce nothing: a yes is judged at read."""

from procrastinate.contrib.django import app

from consents.choices import services


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="choices.expire")
def record_expired_choices(timestamp: int) -> None:
    services.expire_when_due()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="choices.revoke")
def record_choices_of_retired_purposes(timestamp: int) -> None:
    services.revoke_when_due()


@app.periodic(cron="15 * * * *")
@app.task(queueing_lock="choices.digest")
def remind_of_choices(timestamp: int) -> None:
    services.queue_digests_when_due()
