"""One soak: clients, kills, and the verdict."""

import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from consents.core import keys
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.ops import rebuilding
from consents.ops.embedded import release_server
from consents.ops.running.ports import find_free_port
from tests.soak import history, scene
from tests.soak.checker import problems
from tests.soak.clients import Board, Client
from tests.soak.evidence import (
    Memory,
    Sample,
    gather,
    grown,
    hardly_sampled,
    is_during,
    is_enough,
    longest,
    memory_in_words,
)
from tests.soak.history import Call, History, Outage, Outcome
from tests.soak.killing import DURABLE, Killer, Portal

SAMPLE_SECONDS = 0.5
CALM = 0.5  # the last part of a soak, in which nothing is killed: programs grow old enough to show whether they grow
LONG_MINUTES = 5  # from which on memory is judged
PATIENCE = 120
MIB = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    minutes: float
    clients: int
    seed: int
    kill: bool
    keep: Path | None = None

    @property
    def is_long(self) -> bool:
        return self.minutes >= LONG_MINUTES


@dataclass(frozen=True)
class Result:
    """`seen`: what happened, a line each; `wrong`: empty when all is well."""

    seen: list[str]
    wrong: list[str]


@dataclass
class Samples:
    """Memory of all that runs; see evidence.Memory."""

    kept: dict[tuple[str, int], list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def take(self, portal: Portal, calls: int) -> None:
        for name, process, family in portal.families():
            with suppress(psutil.Error):
                own = max(map(memory_of, family), default=0)
                self.kept[name, process].append(Sample(calls, time.monotonic(), own / MIB))


def memory_of(process: psutil.Process) -> int:
    """Bytes that are nobody else's: the database's processes share most of what they have."""
    try:
        own: int = process.memory_full_info().uss
    except psutil.NoSuchProcess:
        return 0
    return own


def soak(plan: Plan, say: Callable[[str], None]) -> Result:
    keys.make_keys(settings.PORTAL_KEYS)
    call_command("migrate", interactive=False, verbosity=0)
    port = find_free_port("127.0.0.1", 0)
    board = scene.make_board(f"http://127.0.0.1:{port}")
    connection.close()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--port", str(port)]
    log = (settings.PORTAL_VAR / "serve.log").open("w")

    def start() -> psutil.Popen:
        return psutil.Popen(command, stdout=log, stderr=log, start_new_session=True)

    portal, over = Portal(start(), port, settings.PORTAL_VAR / "postgres" / "data"), Event()
    Thread(target=serve_again, args=[portal, start, over], daemon=True).start()
    try:
        portal.wait_until_whole()
        say("the portal answers")
        kept, outages, memory = work(plan, board, portal, say)
        portal.wait_until_whole()
        return verdict(plan, kept.calls, outages, memory)
    finally:
        over.set()
        portal.serve.send_signal(signal.SIGINT)
        try:
            portal.serve.wait(30)
        except psutil.TimeoutExpired:
            os.killpg(portal.serve.pid, signal.SIGKILL)
        connection.close()
        release_server()


def serve_again(portal: Portal, start: Callable[[], psutil.Popen], over: Event) -> None:
    """As systemd does with what ends by itself."""
    while portal.serve.wait() != 0 and not over.is_set():
        portal.serve = start()


def work(plan: Plan, board: Board, portal: Portal, say: Callable[[str], None]) -> tuple[History, list[Outage], Memory]:
    """First everything is killed, each kind at least once; then there is a calm, at the end of which memory is watched.
    It takes longer than planned where these have not happened yet."""
    kept, samples, over, calm = History(), Samples(), Event(), Event()
    rough, quiet = 60 * plan.minutes * (1 - CALM), 60 * plan.minutes * CALM
    killer = Killer(portal, random.Random(plan.seed), calm, say, hurry=rough / len(Killer.WHAT))
    clients = [Client(number, board, kept, plan.seed, over) for number in range(1, plan.clients + 1)]
    with ThreadPoolExecutor(plan.clients + 1) as pool:
        running = [pool.submit(client.run) for client in clients]
        killing = pool.submit(killer.run) if plan.kill else None
        until = time.monotonic() + rough
        while time.monotonic() < until or (killing and not killing.done() and killer.owes(until + PATIENCE)):
            time.sleep(SAMPLE_SECONDS)
        calm.set()
        if killing:
            killing.result(PATIENCE)
        portal.wait_until_whole()
        begun, answered = time.monotonic(), len(kept.calls)
        while (now := time.monotonic() - begun - quiet) < 0 or (
            now < PATIENCE and is_wanting(plan, kept, killer.outages, samples)
        ):
            if plan.is_long or not samples.kept:
                samples.take(portal, len(kept.calls) - answered)
            time.sleep(SAMPLE_SECONDS)
        over.set()
        for one in running:
            one.result(PATIENCE)
    return kept, killer.outages, samples.kept


def is_wanting(plan: Plan, kept: History, outages: list[Outage], samples: Samples) -> bool:
    """Whether something has not been seen yet without which nothing is judged."""
    return not is_enough(kept.calls, outages) or (plan.is_long and bool(hardly_sampled(longest(samples.kept))))


def verdict(plan: Plan, calls: list[Call], outages: list[Outage], memory: Memory) -> Result:
    if plan.keep:
        history.write(plan.keep, calls)
    facts = scene.facts()
    seen = gather(calls, facts, outages, memory)
    found = problems(calls, facts, outages)
    found += [f"I20: {one}" for one in rebuilding.find_differences() if isinstance(one, rebuilding.Difference)]
    found += [f"chain: {one}" for one in find_chain_faults() if isinstance(one, ChainFault)]
    found += forgetful()
    found += grown(memory) + seen.lacking(Killer.WHAT if plan.kill else (), is_long=plan.is_long)
    return Result([*figures(plan, calls, outages), *seen.in_words(), *memory_in_words(memory)], found)


def forgetful() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DURABLE)
        return [f"durable: {name} is {setting}" for name, setting in cursor.fetchall() if setting != "on"]


def figures(plan: Plan, calls: list[Call], outages: list[Outage]) -> list[str]:
    took = max(call.end for call in calls) - min(call.start for call in calls)
    down = sum(outage.end - outage.start for outage in outages)
    lines = [
        f"seed {plan.seed}, {plan.minutes:g} minutes, {plan.clients} clients",
        f"{len(calls)} calls in {took:.0f} s; {len(outages)} kills, {down:.0f} s not whole",
    ]
    for kind in sorted({call.kind for call in calls}):
        some = [call for call in calls if call.kind == kind]
        told = Counter(call.outcome for call in some)
        quiet = [call.end - call.start for call in some if not is_during(call, outages)]
        lines.append(
            f"{kind:9} ok {told[Outcome.OK]:6} refused {told[Outcome.REFUSED]:6} unknown {told[Outcome.UNKNOWN]:5}"
            f"   p50 {quantile(quiet, 0.5):5.0f} ms  p95 {quantile(quiet, 0.95):5.0f} ms (no kill meanwhile)"
        )
    return lines


def quantile(seconds: list[float], share: float) -> float:
    values = sorted(seconds)
    return 1000 * values[min(int(share * len(values)), len(values) - 1)] if values else 0.0
