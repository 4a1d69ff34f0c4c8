"""Jobs that remind before a training lapses. They enforce nothing: a lapse is judged at each ask and look."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consents.training import services


@app.periodic(cron="17 6 * * *")
@app.task(queueing_lock="training.remind", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def remind_about_training(timestamp: int) -> None:
    services.remind_before_lapse()
