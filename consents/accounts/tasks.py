"""Background jobs of sign-in."""

from procrastinate.contrib.django import app

from consents.accounts import adapter


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="forget_ended")
def delete_expired_sessions(timestamp: int) -> None:
    adapter.delete_expired_sessions()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="apply_address_changes")
def apply_address_changes(timestamp: int) -> None:
    adapter.apply_address_changes()


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="delete_unfinished_sign_ups")
def delete_unfinished_sign_ups(timestamp: int) -> None:
    adapter.delete_unfinished_sign_ups()
