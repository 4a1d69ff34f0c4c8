"""Jobs that carry out what two officers agreed to tell, and remind officers of the 72 hours."""

from procrastinate.contrib.django import app

from consents.breaches import services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="breaches.tell")
def notify_of_breaches(timestamp: int) -> None:
    services.carry_out_announcements()


@app.periodic(cron="11 * * * *")
@app.task(queueing_lock="breaches.remind")
def remind_of_authorities(timestamp: int) -> None:
    services.remind_of_authority()
