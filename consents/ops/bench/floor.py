"""Answer with raw, prepared SELECTs by primary key and nothing else: the best the web server could do.

A separate WSGI program without Django: GET /12 reads 12 rows.
"""

import os
import random
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

from consents.ops.bench.past import build_id

READ = "SELECT customer_id, purpose_id, version_id, status, since FROM choices_choice WHERE id = %s"
ROWS = "BENCH_FLOOR_ROWS"  # environment variable: numbers of the choices run from 1 to this
of_thread = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    queries = int(environ["PATH_INFO"].removeprefix("/"))
    found = sum(read_choice() is not None for _ in range(queries))
    body = describe_count(found).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def describe_count(rows: int) -> str:
    return f"{rows} rows read"


def read_choice() -> tuple[Any, ...] | None:
    if not hasattr(of_thread, "connection"):
        of_thread.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        of_thread.rows = int(os.environ[ROWS])
    row: tuple[Any, ...] | None = of_thread.connection.execute(
        READ, [build_id("choice", random.randint(1, of_thread.rows))], prepare=True
    ).fetchone()
    return row
