"""Jobs of rights requests: packages are made and removed, officers reminded, what is late or over put on record."""

from procrastinate.contrib.django import app

from consents.rights.services import drafts, officer_digest, removing, watching


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="rights.late")
def record_late_requests(timestamp: int) -> None:
    watching.record_late_when_due()


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="rights.remind")
def remind_of_requests(timestamp: int) -> None:
    officer_digest.send_reminders()


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="rights.remove")
def remove_old_requests(timestamp: int) -> None:
    removing.remove_requests_when_due()
    drafts.discard_old_drafts()
