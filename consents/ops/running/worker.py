"""The worker: runs queued jobs and the periodic ones."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from procrastinate import JobContext
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker
from psycopg.errors import RaiseException

from consents.ops.monitoring.tracing import trace_job
from consents.ops.running.portal import refuse_unfinished_in_queue

JOBS_AT_ONCE = 2
STOP_SECONDS = 10
# A worker that has been silent for so long is taken for dead, and its jobs are tried again (`retry_abandoned_jobs`).
HEARTBEAT_SECONDS, SILENT_SECONDS = 5, 20
log = logging.getLogger(__name__)
requeueing: set[asyncio.Task[None]] = set()  # asyncio itself would forget them


class WorkerConnector(PsycopgConnector):
    """Own connections for taking jobs; what a job queues itself goes through Django's, in the job's transaction."""

    def __init__(self, in_jobs: BaseConnector, **options: Any) -> None:
        super().__init__(**options)
        self.in_jobs = in_jobs

    def get_sync_connector(self) -> BaseConnector:
        return self.in_jobs


def worker_connector() -> WorkerConnector:
    in_jobs = app.connector.get_sync_connector()
    return WorkerConnector(
        in_jobs, kwargs=connector_params(), min_size=1, max_size=JOBS_AT_ONCE + 2, configure=refuse_unfinished_in_queue
    )


def run_jobs(*, wait: bool) -> None:
    """Run jobs until SIGTERM or Ctrl-C, finishing those begun; with `wait=False` only those that are due now.

    Starts the embedded server when there is none.
    """
    with app.replace_connector(worker_connector()):
        app.run_worker(
            wait=wait,
            concurrency=JOBS_AT_ONCE,
            delete_jobs="successful",
            shutdown_graceful_timeout=STOP_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=SILENT_SECONDS,
            worker_middleware=[watch_end_of_job],
            # After the library's own, which close a job's connection.
            task_middleware=[*(app.worker_defaults.get("task_middleware") or []), trace_job],
        )


async def watch_end_of_job(run_job: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Run a job; queue it again where its end cannot be put on record, as when a connection ends at that moment.

    While its worker lives, nobody else would take such a job for abandoned.
    """
    if task := asyncio.current_task():  # which also records the end
        task.add_done_callback(partial(requeue_unrecorded_job, worker.app.job_manager, context.job))
    return await run_job()


def requeue_unrecorded_job(jobs: JobManager, job: Job, task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("The end of a job was not recorded, so it is begun again: %s", job.task_name, exc_info=error)
        requeueing.add(queueing := asyncio.create_task(requeue_job(jobs, job)))
        queueing.add_done_callback(requeueing.discard)


async def requeue_job(jobs: JobManager, job: Job) -> None:
    """Try until the job waits again: the database may be gone for a while, or the next of its kind wait already."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            return await jobs.retry_job(job)
        except ConnectorException as error:
            if isinstance(error.__cause__, RaiseException):  # it does not run any more
                return None
