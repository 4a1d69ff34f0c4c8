"""Every minute the ledger is sealed, and what is not in the journal outside is written there."""

from django.conf import settings
from procrastinate.contrib.django import app

from consents.ledger import checkpoints, services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.seal")
def seal_ledger(timestamp: int) -> None:
    services.seal(keys=settings.PORTAL_KEYS, storage=checkpoints.place())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.journal")
def journal_what_closed(timestamp: int) -> None:
    services.catch_up()
    services.witness(keys=settings.PORTAL_KEYS, storage=checkpoints.place())
