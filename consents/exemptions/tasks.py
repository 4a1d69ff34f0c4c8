"""Jobs that record what time has ended, and tell customers once a delay is over. Expiry is judged at read."""

from procrastinate.contrib.django import app

from consents.exemptions.services import deciding, ending, telling


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="exemptions.expire")
def record_lapsed_exemptions(timestamp: int) -> None:
    deciding.record_missed_checks()
    ending.end_due_exempted_grants()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="exemptions.tell")
def release_exemption_notices(timestamp: int) -> None:
    telling.release_due_notices()
