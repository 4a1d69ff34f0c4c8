"""Run this room's jobs."""

from procrastinate.contrib.django import app

from consents.systems import sending, services


# Without a queueing lock: what is queued with a change must not be refused because the job of the minute waits too.
@app.periodic(cron="* * * * *")
@app.task(queue="webhooks")
def deliver_webhooks(timestamp: int) -> None:
    """Deliver what is due: each minute, and with each change at once."""
    sending.deliver_due_webhooks()


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="systems.forget")
def forget_old_webhooks(timestamp: int) -> None:
    services.forget_old_webhooks()
