"""`kill -9` of one process of the portal after the other, and how long the portal was not whole."""

import http.client
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil

from tests.soak.history import Outage

MOST = 9.0  # seconds between two kills, half of it the least
WHOLE = 4  # good answers one after the other
LATEST = 120.0  # seconds on a busy machine; a few where it has a core to itself
# All on, or a server may lose what it acknowledged, and no kill of a process would show it.
DURABLE = "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
SLACK = 0.25  # what was under way when the portal was whole again


def at_work(postmaster: psutil.Process) -> psutil.Process | None:
    """Which process of the database serves the portal, in the middle of something if any is: their titles say so."""
    serving = [
        (title, one) for one in postmaster.children() if "portal_app" in (title := " ".join(one.cmdline()).rstrip())
    ]
    return next((one for _title, one in sorted(serving, key=lambda each: each[0].endswith("idle"))), None)


@dataclass
class Portal:
    """`serve` and all that it started, found by looking: processes come and go."""

    serve: psutil.Process
    port: int
    data: Path

    def programs(self) -> Iterator[tuple[str, psutil.Process]]:
        """(web | web process | worker, process)."""
        for child in self.serve.children():
            try:
                words = " ".join(child.cmdline())
                inside = child.children()
            except psutil.Error:
                continue
            if "granian" in words:
                yield "web", child
                yield from (("web process", one) for one in inside)
            elif "worker" in words:
                yield "worker", child

    def families(self) -> Iterator[tuple[str, int, list[psutil.Process]]]:
        """(serve | a program as above | database session, its process id or the server's, all that are one there)."""
        yield "serve", self.serve.pid, [self.serve]
        yield from ((name, process.pid, [process]) for name, process in self.programs())
        postmaster = self.postmaster()
        yield "database session", postmaster.pid, postmaster.children()

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))

    def find(self, what: str) -> psutil.Process | None:
        if what == "postmaster":
            return self.postmaster()
        if what == "database process":
            return at_work(self.postmaster())
        return next((process for name, process in self.programs() if name == what), None)

    def is_ready(self) -> bool:
        speaking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            speaking.request("GET", "/readyz", headers={"Host": "localhost"})
            return speaking.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            speaking.close()

    def wait_until_whole(self) -> None:
        """Ready several times in a row, and every program there again. Raises TimeoutError."""
        until, good = time.monotonic() + LATEST, 0
        while good < WHOLE:
            if time.monotonic() > until:
                raise TimeoutError("The portal did not recover by itself.")
            good = good + 1 if self.is_ready() and {"web", "worker"} <= {name for name, _ in self.programs()} else 0
            time.sleep(0.1)


@dataclass
class Killer:
    portal: Portal
    dice: random.Random
    over: Event
    say: Callable[[str], None]
    hurry: float = MOST  # in a short soak
    outages: list[Outage] = field(default_factory=list)

    WHAT = ("web process", "worker", "postmaster", "database process", "web")

    def run(self) -> None:
        """Every kind in each round, in a new order each time."""
        while not self.over.is_set():
            for what in self.dice.sample(self.WHAT, len(self.WHAT)):
                if self.over.wait(self.pause()):
                    return
                self.kill(what)

    def pause(self) -> float:
        most = min(self.hurry, MOST)
        return self.dice.uniform(most / 2, most)

    def owes(self, until: float) -> bool:
        """Whether some kind has not been killed yet, and is waited for."""
        return time.monotonic() < until and {outage.what for outage in self.outages} != set(self.WHAT)

    def kill(self, what: str) -> None:
        start = time.time() - SLACK
        try:
            process = self.portal.find(what)
            if process is None:
                return
            process.kill()
        except (psutil.Error, OSError):
            return
        self.portal.wait_until_whole()
        self.outages.append(Outage(what, start, time.time() + SLACK))
        self.say(f"killed the {what}; whole again after {self.outages[-1].end - start - 2 * SLACK:.1f} s")
