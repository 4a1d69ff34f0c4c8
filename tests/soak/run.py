"""One soak: clients, kills, and the verdict."""

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from consents import rebuilding
from consents.core.embedded import release
from consents.ledger.selectors import Fault, faults
from consents.running.ports import usable
from tests.soak import history, scene
from tests.soak.checker import problems
from tests.soak.clients import Client
from tests.soak.history import Call, History, Outage, Outcome
from tests.soak.killing import Killer, Portal

SAMPLE_SECONDS = 1.0
PATIENCE = 120
MIB = 1024 * 1024
# Memory is flat when the end is no heavier than the first half, but for this.
MAY_GROW = 24.0


@dataclass(frozen=True)
class Plan:
    minutes: float
    clients: int
    seed: int
    kill: bool
    keep: Path | None = None


@dataclass
class Memory:
    """Resident memory by kind of program: (seconds since the start, MiB of the heaviest)."""

    samples: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, portal: Portal, at: float) -> None:
        heaviest: dict[str, float] = defaultdict(float)
        for name, process in portal.programs():
            try:
                heaviest[name] = max(heaviest[name], process.memory_info().rss / MIB)
            except psutil.Error:
                continue
        for name, size in heaviest.items():
            self.samples[name].append((at, size))

    def halves(self, name: str) -> tuple[float, float]:
        """Median of the second quarter (everything is loaded) and of the last one."""
        sizes = [size for _, size in self.samples[name]]
        quarter = max(1, len(sizes) // 4)
        return statistics.median(sizes[quarter : 2 * quarter] or sizes), statistics.median(sizes[-quarter:])

    def grown(self) -> list[str]:
        found = []
        for name in self.samples:
            early, late = self.halves(name)
            if late > early + MAY_GROW:
                found.append(f"memory: the {name} grew from {early:.0f} to {late:.0f} MiB")
        return found


def soak(plan: Plan, say: Callable[[str], None]) -> list[str]:
    """What was wrong; empty when all is well."""
    say(f"seed {plan.seed}, {plan.clients} clients, {plan.minutes:g} minutes, kills: {'yes' if plan.kill else 'no'}")
    call_command("migrate", interactive=False, verbosity=0)
    port = usable("127.0.0.1", 0)
    board = scene.make_board(f"http://127.0.0.1:{port}")
    connection.close()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--port", str(port)]
    log = (settings.PORTAL_VAR / "serve.log").open("w")
    serve = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    portal = Portal(psutil.Process(serve.pid), port, settings.PORTAL_VAR / "postgres" / "data")
    try:
        portal.wait_until_whole()
        say("the portal answers")
        kept, outages, memory = work(plan, board, portal, say)
        if serve.poll() is not None:
            return [f"serve ended by itself, see {log.name}"]
        portal.wait_until_whole()
        return verdict(kept.calls, outages, memory, say, plan.keep)
    finally:
        serve.send_signal(signal.SIGINT)
        try:
            serve.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(serve.pid, signal.SIGKILL)
        connection.close()
        release()


def work(plan: Plan, board, portal: Portal, say: Callable[[str], None]) -> tuple[History, list[Outage], Memory]:
    kept, memory, over, clients_over = History(), Memory(), Event(), Event()
    killer = Killer(portal, random.Random(plan.seed), over, say)
    clients = [Client(number, board, kept, plan.seed, clients_over) for number in range(1, plan.clients + 1)]
    began = time.monotonic()
    with ThreadPoolExecutor(plan.clients + 1) as pool:
        running = [pool.submit(client.run) for client in clients]
        killing = pool.submit(killer.run) if plan.kill else None
        while (gone := time.monotonic() - began) < plan.minutes * 60:
            memory.take(portal, gone)
            time.sleep(SAMPLE_SECONDS)
        over.set()
        if killing:
            killing.result(PATIENCE)
        clients_over.set()
        for one in running:
            one.result(PATIENCE)
    return kept, killer.outages, memory


def verdict(
    calls: list[Call], outages: list[Outage], memory: Memory, say: Callable[[str], None], keep: Path | None
) -> list[str]:
    if keep:
        history.write(keep, calls)
    report(calls, outages, memory, say)
    found = problems(calls, scene.facts(), outages)
    found += [f"I20: {one}" for one in rebuilding.differences() if isinstance(one, rebuilding.Difference)]
    found += [f"chain: {one}" for one in faults() if isinstance(one, Fault)]
    return found + memory.grown()


def report(calls: list[Call], outages: list[Outage], memory: Memory, say: Callable[[str], None]) -> None:
    down = sum(outage.end - outage.start for outage in outages)
    say(f"{len(calls)} calls, {len(outages)} kills, {down:.0f} s not whole")
    for kind in sorted({call.kind for call in calls}):
        some = [call for call in calls if call.kind == kind]
        told = {outcome: sum(call.outcome == outcome for call in some) for outcome in Outcome}
        quiet = [call.end - call.start for call in some if not is_during(call, outages)]
        say(
            f"{kind:9} ok {told[Outcome.OK]:6} refused {told[Outcome.REFUSED]:6} unknown {told[Outcome.UNKNOWN]:5}"
            f"   p50 {quantile(quiet, 0.5):5.0f} ms  p95 {quantile(quiet, 0.95):5.0f} ms (no kill meanwhile)"
        )
    say(f"looks with data: {sum(call.data for call in calls)}")
    for name in memory.samples:
        early, late = memory.halves(name)
        say(f"memory of the {name}: {early:.0f} MiB, at the end {late:.0f} MiB")


def is_during(call: Call, outages: Iterable[Outage]) -> bool:
    return any(call.start <= outage.end and outage.start <= call.end for outage in outages)


def quantile(seconds: list[float], share: float) -> float:
    values = sorted(seconds)
    return 1000 * values[min(int(share * len(values)), len(values) - 1)] if values else 0.0
