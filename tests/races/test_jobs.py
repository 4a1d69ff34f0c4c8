"""The worker's periodic jobs, with much that is due: each of their transactions takes its locks in the one order."""

import inspect
from datetime import timedelta

from procrastinate.contrib.django import app

from consents.ledger.models import Entry
from consents.tasks import run_self_check
from tests.races.lock_order import watched

DUE = timedelta(days=400)
UNWATCHED = {run_self_check.name}  # it goes through the pages of a portal that runs


def test_the_jobs_take_their_locks_in_order(lived_in, later):
    later(DUE)
    jobs = [job.task for job in app.periodic_registry.periodic_tasks.values() if job.task.name not in UNWATCHED]
    before = Entry.objects.count()
    with watched() as watch:
        for job in jobs:
            if not inspect.iscoroutinefunction(job.func):
                job.func(0)

    assert watch.wrong == []
    assert Entry.objects.count() > before and watch.seen
