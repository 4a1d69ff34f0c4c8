"""Ask whether the database is still as the last migration left it, for the health check, at most twice a minute."""

import time
from threading import Lock

from django.db import connection, transaction

from consents.core import safeguards

LIMIT_SECONDS = 30.0


class SafeguardWatch:
    """Remember the last comparison for a while: it reads a thousand parts."""

    def __init__(self) -> None:
        self.lock, self.until, self.changed = Lock(), 0.0, False

    def have_changed(self) -> bool:
        """Return True if anything differs. Raises DatabaseError."""
        with self.lock:
            if time.monotonic() >= self.until:
                with transaction.atomic(), connection.cursor() as cursor:
                    self.changed = bool(safeguards.find_changes(cursor))
                self.until = time.monotonic() + LIMIT_SECONDS
            return self.changed


watch = SafeguardWatch()
