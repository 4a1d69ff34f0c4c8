"""Run HTTP clients that send a request, check the response, and repeat. Must not import Django."""

import http.client
import itertools
import multiprocessing
import signal
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from multiprocessing.pool import Pool
from statistics import median
from typing import NamedTuple

HOST = "127.0.0.1"
WARM_SHARE = 0.2  # of the measured time, before it, not counted
HEAD_START = 0.2  # seconds, for all clients to begin together
TIMEOUT = 30.0
FORM = "application/x-www-form-urlencoded"


class WrongAnswer(Exception):
    """A response was not the expected page. Names the page and the status, without content."""


@dataclass(frozen=True)
class Call:
    """An HTTP request and how to recognize its right response: the status, and a text in its body or Location."""

    path: str
    status: int
    marker: str
    cookie: str = ""
    form: str = ""

    @property
    def method(self) -> str:
        return "POST" if self.form else "GET"

    @property
    def headers(self) -> dict[str, str]:
        given = {"Cookie": self.cookie, "Content-Type": FORM if self.form else ""}
        return {name: value for name, value in given.items() if value}

    def check(self, status: int, location: str, body: bytes) -> None:
        if status != self.status:
            raise WrongAnswer(f"{self.method} {self.path} was answered with status {status} instead of {self.status}.")
        if self.marker not in location and self.marker.encode() not in body:
            raise WrongAnswer(f"{self.method} {self.path} was answered, but not with the right page.")


@dataclass(frozen=True)
class Figures:
    """Requests per second, and the milliseconds within which 50 %, 95 % and all responses came."""

    rate: float
    p50: float
    p95: float
    most: float


class ClientTimes(NamedTuple):
    """Seconds of each response of one client, and of all together."""

    each: list[float]
    whole: float


def start_clients(most: int) -> Pool:
    """Start client processes, so that they do not wait for each other."""
    return multiprocessing.get_context("spawn").Pool(most, initializer=leave_signals_to_parent)


def leave_signals_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def measure_load(pool: Pool, port: int, shares: Sequence[Sequence[Call]], *, again: bool, seconds: float) -> Figures:
    """Give each client a share of the calls, repeated until the time is over, or (not `again`) each sent at most once.

    Raises WrongAnswer.
    """
    starts = time.monotonic() + HEAD_START
    work = [(port, share, again, starts, seconds) for share in shares]
    return summarize_rounds([pool.starmap(drive_calls, work, chunksize=1)])


def summarize_rounds(rounds: Sequence[Sequence[ClientTimes]]) -> Figures:
    """Return the median rate of the rounds and the quantiles of all answers together. Raises WrongAnswer."""
    each = sorted(itertools.chain.from_iterable(one.each for timed in rounds for one in timed))
    rate = median(sum(len(one.each) / one.whole for one in timed if one.each) for timed in rounds)
    return Figures(rate, *(1000 * find_quantile(each, share) for share in (0.50, 0.95, 1.0)))


def find_quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values by nearest rank."""
    if not values:
        raise WrongAnswer("Not one answer came in the time measured. Give more --seconds.")
    return values[min(int(share * len(values)), len(values) - 1)]


def drive_calls(port: int, calls: Sequence[Call], again: bool, starts: float, seconds: float) -> ClientTimes:
    """Run one client on one connection. Count requests sent after the warm-up and before the end, at least one."""
    counted, end = starts + WARM_SHARE * seconds, starts + (1 + WARM_SHARE) * seconds
    each: list[float] = []
    begun = asked = last = 0.0
    time.sleep(max(0.0, starts - time.monotonic()))
    with open_connection(port) as connection:
        for call in itertools.cycle(calls) if again else calls:
            asked = time.monotonic()
            if asked >= end and each:
                break
            send_call(connection, call)
            last = time.monotonic()
            if asked >= counted:
                begun = begun or asked
                each.append(last - asked)
    if last and not each:  # the calls ran out during the warm-up
        begun, each = asked, [last - asked]
    return ClientTimes(each, last - begun)


def open_connection(port: int) -> AbstractContextManager[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(HOST, port, timeout=TIMEOUT))


def send_call(connection: http.client.HTTPConnection, call: Call) -> None:
    try:
        connection.request(call.method, call.path, call.form or None, call.headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as reason:
        raise WrongAnswer(f"{call.method} {call.path} was not answered ({type(reason).__name__}).") from None
    call.check(answer.status, answer.headers.get("Location", ""), body)
