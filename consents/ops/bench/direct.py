"""Run clients that act on the database without HTTP, each a process with one connection.

Imports Django only in those processes, once they know which database is theirs.
"""

import itertools
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.pool import Pool
from statistics import median

from consents.ops.bench.load import HEAD_START, WARM_SHARE, ClientTimes, Figures, find_quantile, leave_signals_to_parent

ROUNDS = 3  # ours and the floor in turn, so that a machine that slows down slows both


@contextmanager
def start_clients(most: int, environment: Mapping[str, str]) -> Iterator[Pool]:
    with multiprocessing.get_context("spawn").Pool(
        most, initializer=set_up_client, initargs=[dict(environment)]
    ) as pool:
        yield pool


def set_up_client(environment: dict[str, str]) -> None:
    leave_signals_to_parent()
    os.environ.update(environment)
    import django

    django.setup()


def measure_in_turn(pool: Pool, ours: str, floor: str, clients: int, seconds: float) -> tuple[Figures, Figures]:
    """Return the median rate of the rounds and the quantiles of all answers together. Raises WrongAnswer."""
    timed: dict[str, list[list[ClientTimes]]] = {ours: [], floor: []}
    for _round, deed in itertools.product(range(ROUNDS), timed):
        timed[deed].append(run_round(pool, deed, clients, seconds / ROUNDS))
    return summarize_rounds(timed[ours]), summarize_rounds(timed[floor])


def run_round(pool: Pool, deed: str, clients: int, seconds: float) -> list[ClientTimes]:
    starts = time.monotonic() + HEAD_START
    return pool.starmap(drive_act, [(deed, n, clients, starts, seconds) for n in range(clients)], chunksize=1)


def summarize_rounds(rounds: list[list[ClientTimes]]) -> Figures:
    each = sorted(itertools.chain.from_iterable(one.each for timed in rounds for one in timed))
    rate = median(sum(len(one.each) / one.whole for one in timed if one.each) for timed in rounds)
    return Figures(rate, *(1000 * find_quantile(each, share) for share in (0.50, 0.95, 1.0)))


def drive_act(name: str, number: int, of: int, starts: float, seconds: float) -> ClientTimes:
    """Run one client. Count acts begun after the warm-up and before the end, at least one."""
    from consents.ops.bench.acts import ACTS

    deed = ACTS[name](number, of)
    each: list[float] = []
    begun = last = 0.0
    time.sleep(max(0.0, starts - time.monotonic()))
    counted = time.monotonic() + WARM_SHARE * seconds  # making the deed may have taken longer than the head start
    end = counted + seconds
    while (began := time.monotonic()) < end or not each:
        deed()
        if began >= counted:
            begun, last = begun or began, time.monotonic()
            each.append(last - began)
    return ClientTimes(each, last - begun)
