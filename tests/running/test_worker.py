"""The worker on the portal's own queue."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management.base import CommandError
from django.db import OperationalError, connection, connections, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import close_db_connections
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from psycopg.errors import LockNotAvailable

from consents.choices.models import Choice
from consents.choices.services import answering, withdrawing
from consents.home import staff_emails
from consents.home.tasks import send_daily_staff_emails
from consents.management.commands import migrate
from consents.notifications.services.queueing import queue_account_email
from consents.ops.monitoring.tracing import trace_job
from consents.ops.running import worker
from consents.ops.running.worker import SILENT_SECONDS, run_jobs, worker_connector
from consents.tasks import retry_abandoned_jobs
from tests.architecture.mutation.speaking import application_speaking, owner_speaking
from tests.waiting import PATIENCE, PAUSE, wait_until


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


def test_what_a_silent_worker_left_is_tried_again(transactional_db):
    silent, living = add_worker(SILENT_SECONDS + 1), add_worker(SILENT_SECONDS - 1)
    begun_again, waits = add_job(silent, "doing", "one at a time"), add_job(None, "todo", "one at a time")
    left, taken = add_job(silent, "doing"), add_job(living, "doing")

    with app.replace_connector(worker_connector()):
        asyncio.run(look_for_abandoned_jobs())

    assert dict(ProcrastinateJob.objects.values_list("pk", "status")) == {
        begun_again: "doing",  # later: the next of its kind waits
        waits: "todo",
        left: "todo",
        taken: "doing",
    }


async def look_for_abandoned_jobs() -> None:
    async with app.open_async():
        await retry_abandoned_jobs.func(SimpleNamespace(app=app), timestamp=0)


def add_worker(silent: int) -> int:
    return ask(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 s') RETURNING id", silent
    )


def add_job(worker: int | None, status: str, lock: str | None = None) -> int:
    insert = "INSERT INTO procrastinate_jobs (task_name, queue_name, worker_id, status, queueing_lock)"
    return ask(f"{insert} VALUES ('some', 'default', %s, %s, %s) RETURNING id", worker, status, lock)


def ask(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def test_a_job_whose_end_is_not_recorded_is_begun_again(transactional_db, no_connection_kept, monkeypatch):
    queue_code()
    finish_job, tries = JobManager.finish_job, count(1)

    async def lose_first_connection(self, *given, **more) -> None:
        if next(tries) == 1:
            raise ConnectorException
        await finish_job(self, *given, **more)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})
    monkeypatch.setattr(JobManager, "finish_job", lose_first_connection)
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", PAUSE)
    too_late = threading.Timer(PATIENCE, os.kill, [os.getpid(), signal.SIGTERM])
    too_late.start()
    try:
        run_jobs(wait=True)
    finally:
        too_late.cancel()

    assert next(tries) == 3 and not ProcrastinateJob.objects.exists()
    assert [message.body for message in mail.outbox] == ["ABCD-EFGH"]


def test_what_does_not_run_any_more_is_not_queued_again(transactional_db, monkeypatch):
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", PAUSE)
    waits = add_job(None, "todo")

    async def requeue_job() -> None:
        async with app.open_async():
            await asyncio.wait_for(worker.requeue_job(app.job_manager, SimpleNamespace(id=waits)), PATIENCE)

    with app.replace_connector(worker_connector()):
        asyncio.run(requeue_job())

    assert ProcrastinateJob.objects.get().status == "todo"


@pytest.mark.parametrize("is_over", [False, True])
def test_the_emails_of_the_day_go_out_after_the_morning_alone(monkeypatch, is_over):
    sent = []
    monkeypatch.setattr(staff_emails, "is_morning_over", lambda: is_over)
    monkeypatch.setattr(staff_emails, "send_daily_emails", lambda: sent.append(1))

    send_daily_staff_emails(timestamp=0)

    assert sent == [1] * is_over


# In the databases of other workers the table has the same number.
WAITING = """SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE d.datname = current_database() AND relation = 'choices_choice'::regclass AND NOT granted)"""
CHANGE = "ALTER TABLE choices_choice ADD COLUMN scratch integer"


def is_table_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_a_migration_gives_up_before_a_no_does(real_world):
    """Somebody reads for long; the migration waits for them, and the customer would for the migration."""
    given = {"customer": real_world.ada.customer.id, "purpose": "support", "by": real_world.ada.actor}
    answering.give_consent(version=real_world.version.pk, **given)
    ended = []

    def change_table(owner) -> None:
        try:
            owner.execute(CHANGE)
        except LockNotAvailable as reason:
            ended.append(reason)

    with application_speaking() as reader, owner_speaking() as owner:
        migrate.limit_waiting(owner.cursor())
        reader.execute("BEGIN")
        reader.execute("SELECT FROM choices_choice")
        migration = threading.Thread(target=change_table, args=[owner], daemon=True)
        migration.start()
        wait_until(lambda: ended or is_table_waited_for(), "a migration that waits")

        withdrawing.withdraw_consent(**given)

        migration.join()
        reader.execute("ROLLBACK")
        owner.execute("RESET lock_timeout")
    assert Choice.objects.get(customer=given["customer"]).status == "ConsentWithdrawn" and len(ended) == 1


def test_who_migrates_is_told_what_to_do():
    waited, other = OperationalError(), OperationalError()
    waited.__cause__ = LockNotAvailable()

    assert isinstance(migrate.explain_waiting(waited), CommandError)
    with pytest.raises(CommandError, match="again"):
        raise migrate.explain_waiting(waited)
    assert migrate.explain_waiting(other) is other
