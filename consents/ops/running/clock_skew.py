"""Measure how far this machine's clock is off the database's, which dates every act."""

import time

from django.db import connection

MOST_SECONDS = 30  # a code of a second factor counts for as long


def measure_clock_skew() -> float:
    """Return the seconds by which this machine's clock is ahead. Raises DatabaseError."""
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        [theirs] = cursor.fetchone()
        return (before + time.time()) / 2 - float(theirs)
