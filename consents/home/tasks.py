"""Background jobs of the emails to staff."""

from procrastinate.contrib.django import app

from consents.home import staff_emails


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="send_daily_staff_emails")
def send_daily_staff_emails(timestamp: int) -> None:
    if staff_emails.is_morning_over():
        staff_emails.send_daily_emails()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="notify_staff_of_new_work")
def notify_staff_of_new_work(timestamp: int) -> None:
    staff_emails.notify_of_new_work()
