"""Run clients that act on the database without HTTP, each a process with one connection.

Imports Django only in those processes, once they know which database is theirs.
"""

import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.pool import Pool

from consents.ops.bench.load import (
    HEAD_START,
    WARM_SHARE,
    ClientTimes,
    Figures,
    leave_signals_to_parent,
    summarize_rounds,
)

ROUNDS = 3  # ours and the floor in turn, so that a machine that slows down slows both
# For client `number` of so many; each step of its iterator performs it once and commits.
type Act = Callable[[int, int], Iterator[None]]


def start_clients(most: int, environment: Mapping[str, str]) -> Pool:
    return multiprocessing.get_context("spawn").Pool(most, initializer=set_up_client, initargs=[dict(environment)])


def set_up_client(environment: dict[str, str]) -> None:
    leave_signals_to_parent()
    os.environ.update(environment)
    import django

    django.setup()


def measure_in_turn(pool: Pool, ours: Act, floor: Act, clients: int, seconds: float) -> tuple[Figures, Figures]:
    """Return the median rate of the rounds and the quantiles of all answers together. Raises WrongAnswer."""
    timed: dict[Act, list[list[ClientTimes]]] = {ours: [], floor: []}
    for _round, act in itertools.product(range(ROUNDS), timed):
        starts = time.monotonic() + HEAD_START
        work = [(act, number, clients, starts, seconds / ROUNDS) for number in range(clients)]
        timed[act].append(pool.starmap(drive_act, work, chunksize=1))
    return summarize_rounds(timed[ours]), summarize_rounds(timed[floor])


def drive_act(act: Act, number: int, of: int, starts: float, seconds: float) -> ClientTimes:
    """Run one client. Count acts begun after the warm-up and before the end, at least one."""
    deeds = act(number, of)
    next(deeds)  # what it begins from is read by then
    each: list[float] = []
    begun = last = 0.0
    time.sleep(max(0.0, starts - time.monotonic()))
    counted = time.monotonic() + WARM_SHARE * seconds  # the first may have taken longer than the head start
    end = counted + seconds
    while (began := time.monotonic()) < end or not each:
        next(deeds)
        if began >= counted:
            begun, last = begun or began, time.monotonic()
            each.append(last - began)
    return ClientTimes(each, last - begun)
