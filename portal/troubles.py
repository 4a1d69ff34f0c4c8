"""Tell temporary failures (503) and conflicts (409) from our own mistakes (500)."""

from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError
from psycopg import errors

from consents.core.sealing import KeyMissing
from consents.ops.embedded import CannotStart
from consents.people.services.holding import AlreadyErased

# Lost, refused or exhausted connections, time-outs, a full disk, unreachable keys.
TEMPORARY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    CannotStart,
    KeyMissing,
)
# Two acts at the same moment, of which the database let one through.
CONFLICTS = (
    errors.UniqueViolation,
    errors.ExclusionViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.RestrictViolation,
    AlreadyErased,
)
RETRY_SECONDS = {429: 300, 502: 5, 503: 5}


def get_status(trouble: BaseException | None) -> int:
    """Return 503 for a temporary failure, 409 for a conflict of two acts, 500 for our own mistake."""
    chain = list(list_causes(trouble))
    if any(isinstance(error, CONFLICTS) for error in chain):
        return 409
    return 503 if any(isinstance(error, TEMPORARY) for error in chain) else 500


def list_causes(trouble: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and its causes, as a traceback shows them: Django and the queue wrap database errors."""
    seen: set[int] = set()
    while trouble is not None and id(trouble) not in seen:  # such a chain can be circular
        seen.add(id(trouble))
        yield trouble
        trouble = trouble.__cause__ or (None if trouble.__suppress_context__ else trouble.__context__)
