"""The command that restores a backup, and the end of the database it was restored into."""

import time
from io import StringIO
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection

BUSY = "SELECT pid FROM pg_stat_activity WHERE datname = %s LIMIT 1"


def restore(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("restore", str(folder), *options, stdout=out)
    return out.getvalue()


def drop_database(owner: str, name: str) -> None:
    """Drop another database than the one that `owner` connects to."""
    connection.close()
    with psycopg.connect(owner, autocommit=True) as speaking:
        # The owner may not end sessions of others: those that are closing are waited for. The server itself ends the
        # clean-up of its own that may be at work there; WITH (FORCE) would ask for a superuser's right to do so.
        until = time.monotonic() + 30
        while speaking.execute(BUSY, [name]).fetchone() and time.monotonic() < until:
            speaking.execute("SELECT pg_sleep(0.05)")
        speaking.execute(f"DROP DATABASE IF EXISTS {name}")
