"""The worker: runs queued jobs and the periodic ones."""

from typing import Any

from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from consents.ops.monitoring.tracing import trace_job
from consents.ops.running.serving import refuse_unfinished_in_queue

JOBS_AT_ONCE = 2
STOP_SECONDS = 10


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
            # After the library's own, which close a job's connection.
            task_middleware=[*(app.worker_defaults.get("task_middleware") or []), trace_job],
        )
