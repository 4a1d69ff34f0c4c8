"""Every minute the ledger is sealed."""

from django.conf import settings
from procrastinate.contrib.django import app

from consents.ledger import checkpoints, services


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.seal")
def seal_ledger(timestamp: int) -> None:
    services.seal(keys=settings.PORTAL_KEYS, storage=checkpoints.place())
