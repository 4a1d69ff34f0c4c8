"""What goes wrong around us: it passes, and is answered with "not now" instead of "our mistake"."""

from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError
from psycopg import errors

from consents.core.embedded import CannotStart
from consents.core.sealing import KeyMissing
from consents.people.services import AlreadyErased

# Connection lost or refused, too many of them, time-outs, a full disk, the keys out of reach: nobody's mistake.
PASSING = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, CannotStart, KeyMissing)
# Two acted at the same moment, and the database let one of them through; it holds to what became final meanwhile.
MEETING = (
    errors.UniqueViolation,
    errors.ExclusionViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.RestrictViolation,
    AlreadyErased,
)
RETRY_SECONDS = {429: 300, 503: 5}


def status_of(trouble: BaseException | None) -> int:
    """503 for what passes, 409 for two at once, 500 for a mistake of ours."""
    found = list(causes(trouble))
    if any(isinstance(one, MEETING) for one in found):
        return 409
    return 503 if any(isinstance(one, PASSING) for one in found) else 500


def causes(trouble: BaseException | None) -> Iterator[BaseException]:
    """It and what led to it, as a traceback tells: Django and the queue wrap what the driver said."""
    seen: set[int] = set()
    while trouble is not None and id(trouble) not in seen:  # such a chain may go round in a circle
        seen.add(id(trouble))
        yield trouble
        trouble = trouble.__cause__ or (None if trouble.__suppress_context__ else trouble.__context__)
