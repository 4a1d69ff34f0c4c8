"""Background jobs of exports."""

import time

from procrastinate.contrib.django import app

from consents.exports import rules, sealed_files


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="exports.forget_files")
def forget_files(timestamp: int) -> None:
    """Delete stored files past their retention, by the file system's clock, which dated them."""
    sealed_files.delete_sealed_files(time.time() - rules.RETENTION.total_seconds())
