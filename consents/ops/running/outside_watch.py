"""Notice that the database was set back: the journal or the checkpoints outside tell of more than it holds.

Whoever serves would show what was erased and follow what was withdrawn, so nobody is served until `manage.py catch_up`.
"""

import time
from threading import RLock

from django.core.exceptions import ImproperlyConfigured

from consents.ledger import checkpoints
from consents.ledger.selectors.outside import is_journal_ahead, is_log_ahead

LIMIT_SECONDS = 30.0


class OutsideWatch:
    """Remember for a while that all was well: the checkpoints may lie in another house. What was not is asked again."""

    def __init__(self) -> None:
        # Comparing may connect anew, and each new connection asks again (consents.ops.running.serving).
        self.lock, self.until, self.ahead = RLock(), 0.0, False

    def is_ahead(self) -> bool:
        """Return True if outside tells of more. Raises DatabaseError."""
        with self.lock:
            if self.ahead or time.monotonic() >= self.until:
                self.ahead = is_ahead_now()
                self.until = time.monotonic() + LIMIT_SECONDS
            return self.ahead


def is_ahead_now() -> bool:
    try:
        return is_journal_ahead() or is_log_ahead(checkpoints.get_checkpoint_storage())
    except OSError:
        return False  # sealing, which cannot go on, tells of it


def check_outside() -> None:
    """Raises ImproperlyConfigured where the database is an older state of itself."""
    if is_ahead_now():
        raise ImproperlyConfigured(
            "The portal does not start: the checkpoints or the journal outside tell of entries that this database does "
            "not hold. It is an older state, as after a failover or a restore to a point in time, or another database. "
            "Run `manage.py catch_up`."
        )


watch = OutsideWatch()
