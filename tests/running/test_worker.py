"""The worker on the portal's own queue."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connections, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import close_db_connections
from procrastinate.contrib.django.models import ProcrastinateJob

from consents import staff_emails
from consents.notifications.services.queueing import queue_account_email
from consents.ops.monitoring.tracing import trace_job
from consents.ops.running.worker import run_jobs, worker_connector
from consents.tasks import retry_abandoned_jobs, send_daily_staff_emails


@pytest.fixture
def no_connection_kept(monkeypatch):
    """The worker's threads end with it here, and their connections with them."""
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)


def queue_code() -> None:
    queue_account_email(to="ada@example.com", subject="Your code", body="ABCD-EFGH")


def test_it_sends_what_is_queued(transactional_db, no_connection_kept):
    queue_code()
    queued = ProcrastinateJob.objects.get()

    run_jobs(wait=False)

    assert [message.body for message in mail.outbox] == ["ABCD-EFGH"]
    # Of the periodic jobs, which a worker queues itself, one may have become due meanwhile.
    assert not ProcrastinateJob.objects.filter(pk=queued.pk).exists()


def test_a_job_is_traced_inside_what_closes_its_connection(monkeypatch):
    given = {}
    monkeypatch.setattr(App, "run_worker", lambda self, **options: given.update(options))

    run_jobs(wait=False)

    assert given["task_middleware"][0] is close_db_connections and given["task_middleware"][-1] is trace_job


def test_what_a_job_queues_goes_with_its_own_transaction(transactional_db):
    with app.replace_connector(worker_connector()), suppress(ZeroDivisionError), transaction.atomic():
        queue_code()
        raise ZeroDivisionError

    assert not ProcrastinateJob.objects.exists()


def test_it_knows_the_periodic_jobs():
    names = {name for name, _ in app.periodic_registry.periodic_tasks}

    assert retry_abandoned_jobs.name in names
    assert "consents.access.tasks.record_expired_requests" in names


def test_what_a_killed_worker_left_is_tried_again():
    again = []

    class Jobs:
        async def get_stalled_jobs(self) -> list[str]:
            return ["one", "other"]

        async def retry_job(self, job: str) -> None:
            again.append(job)

    context = SimpleNamespace(app=SimpleNamespace(job_manager=Jobs()))
    asyncio.run(retry_abandoned_jobs.func(context, timestamp=0))

    assert again == ["one", "other"]


@pytest.mark.parametrize("is_over", [False, True])
def test_the_emails_of_the_day_go_out_after_the_morning_alone(monkeypatch, is_over):
    sent = []
    monkeypatch.setattr(staff_emails, "is_morning_over", lambda: is_over)
    monkeypatch.setattr(staff_emails, "send_daily_emails", lambda: sent.append(1))

    send_daily_staff_emails(timestamp=0)

    assert sent == [1] * is_over
