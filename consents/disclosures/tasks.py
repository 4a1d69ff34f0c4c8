"""Run this room's jobs."""

from procrastinate.contrib.django import app

from consents.disclosures.telling import services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="disclosures.tell")
def notify_of_due_looks(timestamp: int) -> None:
    services.notify_due_customers()
