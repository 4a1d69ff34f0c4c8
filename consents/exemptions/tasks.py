"""Jobs that record what time has ended, tell customers once a delay is over, and look for signs of a bypass.

Expiry is judged at read.
"""

from procrastinate.contrib.django import app

from consents.exemptions.services import deciding, filing, telling


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="exemptions.expire")
def record_lapsed_exemptions(timestamp: int) -> None:
    deciding.record_missed_checks()
    deciding.end_void_exemptions()
    deciding.end_due_exempted_grants()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="exemptions.tell")
def release_exemption_notices(timestamp: int) -> None:
    telling.release_due_notices()


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="exemptions.alert")
def look_for_bypasses(timestamp: int) -> None:
    filing.raise_bypass_alerts()
