"""One soak: clients, kills, and the verdict."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
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
from tests.soak.clients import Board, Client
from tests.soak.evidence import Memory, gather, grown, halves, hardly_sampled, is_during, longest, measured
from tests.soak.history import Call, History, Outage, Outcome
from tests.soak.killing import Killer, Portal

SAMPLE_SECONDS = 0.5
WARM_UP_SECONDS = 20  # of a process, in which it only loads
PATIENCE = 120
MIB = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    minutes: float
    clients: int
    seed: int
    kill: bool
    keep: Path | None = None


@dataclass
class Samples:
    """Resident memory of programs that have loaded; see evidence.Memory."""

    kept: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def take(self, portal: Portal) -> None:
        for name, process in portal.programs():
            try:
                if time.time() - process.create_time() < WARM_UP_SECONDS:
                    continue
                self.kept[name, process.pid].append(process.memory_info().rss / MIB)
            except psutil.Error:
                continue


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
        return verdict(plan, kept.calls, outages, memory, say)
    finally:
        serve.send_signal(signal.SIGINT)
        try:
            serve.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(serve.pid, signal.SIGKILL)
        connection.close()
        release()


def work(plan: Plan, board: Board, portal: Portal, say: Callable[[str], None]) -> tuple[History, list[Outage], Memory]:
    """In the first half everything is killed, each kind at least once; in the second the database alone, so that
    programs grow old enough to tell whether they grow heavy (the worker ends with its connections). It takes longer
    than planned where these have not happened yet."""
    kept, samples, over, clients_over = History(), Samples(), Event(), Event()
    first_half = plan.minutes * 30
    hurry = first_half / len(Killer.WHAT)
    killer = Killer(portal, random.Random(plan.seed), over, say, hurry=hurry)
    clients = [Client(number, board, kept, plan.seed, clients_over) for number in range(1, plan.clients + 1)]
    with ThreadPoolExecutor(plan.clients + 1) as pool:
        running = [pool.submit(client.run) for client in clients]
        killing = pool.submit(killer.run) if plan.kill else None
        until = time.monotonic() + first_half
        while time.monotonic() < until or (killing and not killing.done() and killer.owes(until + PATIENCE)):
            time.sleep(SAMPLE_SECONDS)
        killer.spare_programs()
        portal.wait_until_whole()
        until = time.monotonic() + plan.minutes * 30
        while (now := time.monotonic()) < until or now < until + PATIENCE and hardly_sampled(longest(samples.kept)):
            samples.take(portal)
            time.sleep(SAMPLE_SECONDS)
        over.set()
        if killing:
            killing.result(PATIENCE)
        clients_over.set()
        for one in running:
            one.result(PATIENCE)
    return kept, killer.outages, samples.kept


def verdict(
    plan: Plan, calls: list[Call], outages: list[Outage], memory: Memory, say: Callable[[str], None]
) -> list[str]:
    if plan.keep:
        history.write(plan.keep, calls)
    facts = scene.facts()
    seen = gather(calls, facts, outages, memory)
    report(calls, outages, memory, say)
    for line in seen.in_words():
        say(line)
    found = problems(calls, facts, outages)
    found += [f"I20: {one}" for one in rebuilding.differences() if isinstance(one, rebuilding.Difference)]
    found += [f"chain: {one}" for one in faults() if isinstance(one, Fault)]
    return found + grown(memory) + seen.lacking(Killer.WHAT if plan.kill else ())


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
    for name, sizes in measured(memory):
        early, late = halves(sizes)
        say(f"memory of the {name}: {early:.0f} MiB, at the end {late:.0f} MiB ({len(sizes) * SAMPLE_SECONDS:.0f} s)")


def quantile(seconds: list[float], share: float) -> float:
    values = sorted(seconds)
    return 1000 * values[min(int(share * len(values)), len(values) - 1)] if values else 0.0
