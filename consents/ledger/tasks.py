"""Seal the ledger and write the journal outside, every minute."""

from django.conf import settings
from procrastinate.contrib.django import app

from consents.ledger import checkpoints
from consents.ledger.services import appending, sealing


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.seal")
def seal_ledger(timestamp: int) -> None:
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.journal")
def write_journal(timestamp: int) -> None:
    appending.write_waiting_entries()
    appending.sign_journal_head(keys=settings.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())
