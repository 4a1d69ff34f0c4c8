"""Jobs that make packages and remove them after two weeks."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.copies.services import packages


@app.task(retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def make_package(rights_request: str) -> None:
    packages.make_package(rights_request=UUID(rights_request))


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="copies.remove")
def remove_old_packages(timestamp: int) -> None:
    packages.remove_packages_when_due()
