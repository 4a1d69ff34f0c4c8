"""Act for many, one after the other, so that one that fails holds up none of the rest."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

log = logging.getLogger(__name__)
MOST_DUE = 500  # in one run; the next takes the rest
MOST_FAILURES = 20  # each may have waited for a lock; what is left then waits for the next run


def run_for_each[T](
    things: Iterable[T], act: Callable[[T], int | None], retry: Callable[[T], object] | None = None
) -> int:
    """Run the act, a transaction of its own, for each; return the sum of what it returned.

    The first failure is raised when all others are done, so that the job counts as failed; at once where the database
    is lost. With `retry`, which queues a job for one of them, each that failed is given to it and nothing is raised,
    unless too many fail.
    """
    done, failures = 0, list[tuple[T, Exception]]()
    for thing in things:
        try:
            done += act(thing) or 0
        except Exception as failure:
            if not connection.is_usable() or len(failures) == MOST_FAILURES:
                raise
            log.warning("one of many acts failed, the others go on: %s", type(failure).__name__)
            failures.append((thing, failure))
    for failed, reason in failures:
        if retry is None:
            raise reason
        retry(failed)
    return done


def run_for_due[T](due: QuerySet[Any, T], act: Callable[[T], int | None]) -> int:
    """Run the act for the first of what is due, as many as one run takes; return the sum of what it returned."""
    return run_for_each(list(due[:MOST_DUE]), act)
