"""Jobs of rights requests: packages are made and removed, officers reminded, what is late or over put on record."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.rights import services


@app.task(retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def make_package(request: str) -> None:
    services.make_package(request=UUID(request))


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="rights.late")
def record_late_requests(timestamp: int) -> None:
    services.note_late_when_due()


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="rights.remind")
def remind_of_requests(timestamp: int) -> None:
    services.remind_when_due()


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="rights.packages")
def remove_old_packages(timestamp: int) -> None:
    services.remove_packages_when_due()


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="rights.remove")
def remove_old_requests(timestamp: int) -> None:
    services.remove_when_due()
