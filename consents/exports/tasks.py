"""Jobs of this room."""

import time

from procrastinate.contrib.django import app

from consents.exports import keeping, rules


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="exports.forget_files")
def forget_files(timestamp: int) -> None:
    """What was kept long enough; by the clock of the disk, which wrote it."""
    keeping.forget(time.time() - rules.KEPT.total_seconds())
