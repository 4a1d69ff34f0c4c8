"""The bench, small: it measures every page, checks what it measured, and leaves nothing behind."""

import fcntl
import io
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest import mock

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections

from consents.core import roles, safeguards
from consents.management.commands.bench import Command
from consents.ops.bench import company, database, direct, exports, growth, programs, run, servers
from consents.ops.bench.acts import PAIRS
from consents.ops.bench.database import NAME, SMALL, use_bench_database
from consents.ops.bench.growth import Page
from consents.ops.bench.load import Call, WrongAnswer, find_quantile, measure_load
from consents.ops.running import portal, runner

pytestmark = pytest.mark.usefixtures("interruptible")


@pytest.fixture(autouse=True)
def alone(django_db_setup):
    """It has one database of one name: whoever tests it in another process waits."""
    with (settings.PORTAL_VAR / "bench.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_left_behind() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = ANY (%s)", [[NAME, SMALL]])
        return cursor.fetchone() is not None


@pytest.fixture
def copied(django_db_blocker, monkeypatch) -> Iterator[None]:
    """The bench's database is a copy of the one that the tests have migrated, and the company in it is small."""
    monkeypatch.setattr(company, "PURPOSES", 3)
    monkeypatch.setattr(company, "REQUESTERS", 4)
    template = connection.settings_dict["TEST"]["TEMPLATE"]

    def copy_template(owner: str) -> None:
        with psycopg.connect(owner, autocommit=True) as speaking:
            speaking.execute(f"CREATE DATABASE {NAME} TEMPLATE {template}")
        roles.create_database(owner, NAME)
        with psycopg.connect(owner, dbname=NAME) as speaking, speaking.cursor() as cursor:
            safeguards.record_safeguards(cursor)  # a copy has privileges of its own

    monkeypatch.setattr(database, "create_bench_database", copy_template)
    with django_db_blocker.unblock():
        yield


def run_here(words: list[str]) -> programs.CommandResult:
    """One of the bench's commands, in this process."""
    began, said = time.monotonic(), io.StringIO()
    code: object = 0
    # An export opens a connection of its own.
    with mock.patch.dict(connections.settings, {DEFAULT_DB_ALIAS: connection.settings_dict}):
        try:
            call_command(*words, stdout=said, stderr=said)
        except SystemExit as end:
            code = end.code
    seconds = time.monotonic() - began
    return programs.CommandResult(int(str(code)), seconds, seconds, 50.0, said.getvalue())


@contextmanager
def share_clients(monkeypatch) -> Iterator[None]:
    """Those that act without HTTP start once, for all parts: each has to learn Django first."""
    with direct.start_clients(2, servers.build_environment()) as pool:
        monkeypatch.setattr(direct, "start_clients", lambda most, environment: nullcontext(pool))
        yield


@pytest.fixture
def whole_plan(copied: None, monkeypatch) -> run.Plan:
    """All parts, small, each measured once, and each web server in one process."""
    monkeypatch.setattr(portal, "count_cores", lambda: 1)
    monkeypatch.setattr(programs, "run_command", run_here)
    for repeated in (direct, exports, run):
        monkeypatch.setattr(repeated, "ROUNDS", 1)
    sizes = {"import_rows": 100, "export_rows": 200, "standing": 50, "counted": 30, "history": 2000}
    return run.Plan(customers=20, seconds=0.02, clients=[2], **sizes)


def test_it_prints_every_part_beside_its_floor_and_drops_its_database(whole_plan, monkeypatch):
    out = io.StringIO()
    with use_bench_database(), share_clients(monkeypatch):
        Command(stdout=out, stderr=io.StringIO()).measure(whole_plan, as_json=True)

    said = out.getvalue()
    found = json.loads(said)
    pages = {row["page"]: row for row in found["pages"]}
    reading, acting = ["home page", "request page", "choices", "who looked"], ["answer", "stop", "withdraw", "give"]
    assert [*pages] == [*reading, *acting, "open data"]
    assert all(row["portal"]["rate"] > 0 and row["ratio"] > 0 and row["processor"] > 0 for row in found["pages"])
    counted = {"home page": 2, "request page": 2, "choices": 2, "who looked": 2}
    assert {name: pages[name]["queries"] for name in counted} == counted
    assert [row["act"] for row in found["acts"]] == [name for name, _ours, _floor in PAIRS]
    assert all(row["portal"]["rate"] > 0 and row["floor"]["rate"] > 0 for row in found["acts"])
    assert [row["rows"] for row in found["imports"]] == [10, 100]
    assert found["verified"][0]["entries"] > 50
    (published,) = found["published"]
    assert published["standing"] == 50 and 0 < published["told"] <= 50 and published["seconds"] > 0
    assert all(0 < published[when]["p50"] <= published[when]["most"] for when in ("quiet", "during"))
    assert [row["format"] for row in found["exports"]] == ["csv", "jsonl", "xlsx"]
    assert all(row["ratio"] > 0 and row["mib"] > 0 and row["peak_mib"] > 10 for row in found["exports"])
    (charted,) = found["charted"]
    assert charted["rows"] >= 200 and 0 < charted["of_year"] < 200 and charted["ratio"] > 0
    assert [row["customers"] for row in found["counted"]] == [3, 30]
    assert all(row["ratio"] > 0 and row["peak_mib"] > 10 for row in found["counted"])
    assert [row["entries"] for row in found["history"]][-1] == 2000
    assert found["machine"]["customers"] == 20
    assert not is_left_behind()


def test_it_measures_growth_page_by_page_and_names_what_grows(copied, monkeypatch):
    """Filling, copying and weighing are real; the web servers are not, and their answers take as long as said here."""
    monkeypatch.setattr(growth, "FEW", 20)
    monkeypatch.setattr(growth, "find_pages", lambda cookie: [Page("home", "/"), Page("help", "/help/")])
    ports = iter([1, 2])
    monkeypatch.setattr(servers, "start_portal", lambda: nullcontext(servers.Server(next(ports), 0)))
    slow = (2, "/")
    monkeypatch.setattr(growth, "measure_answer", lambda to, call: 13.0 if (to.port, call.path) == slow else 10.0)
    plan = run.Plan(customers=60, seconds=1, clients=[1], parts=["growth"], entries=1200)
    out = io.StringIO()

    with use_bench_database():
        Command(stdout=out, stderr=io.StringIO()).measure(plan, as_json=False)

    assert "customer: home: 1.30 ×" in out.getvalue() and "customer: help: " not in out.getvalue()
    assert "6 of 12 pages take at most 1.2 × as long" in out.getvalue()
    assert not is_left_behind()


class PressesCtrlC(io.StringIO):
    """Reads along, and presses it when the ledger is being made: the signal comes in the middle of that."""

    def write(self, text: str) -> int:
        if "ledger" in text:
            threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
        return super().write(text)


@pytest.fixture
def as_before() -> Iterator[None]:
    """Whoever tests a command that heeds signals of its own heeds its own again afterwards."""
    kept = {number: signal.getsignal(number) for number in runner.SIGNALS}
    yield
    for number, heeds in kept.items():
        signal.signal(number, heeds)


def test_it_drops_its_database_when_interrupted(copied, as_before):
    said = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("bench", "--customers", "50", "--parts", "pages", stdout=said, stderr=PressesCtrlC())

    assert (end.value.code, said.getvalue()) == (130, "")
    assert not is_left_behind()


def test_it_measures_a_command_in_a_process_of_its_own(db):
    ran = programs.run_command(["signing_keys", "receipts", "--withdraw", "1"])

    assert ran.code == 2 and ran.last_line == "CommandError: --withdraw and --since go together."
    assert ran.seconds >= ran.processor > 0.1 and ran.peak_mib > 10


def test_it_ends_with_2_on_wrong_options(capsys):
    with pytest.raises(SystemExit) as end:
        Command().run_from_argv(["manage.py", "bench", "--customers", "5"])

    assert end.value.code == 2
    assert "use " in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--seconds", "nan"],
        ["--clients", "1,0"],
        ["--import-rows", "0"],
        ["--standing", "1"],
        ["--parts", "pages,all"],
        ["--parts", "pages,growth"],
        ["--entries", "1"],
    ],
)
def test_it_refuses_wrong_options(words):
    with pytest.raises(CommandError, match="use "):
        call_command("bench", *words)


class Straight:
    """A pool that works here."""

    def starmap(self, function, work, chunksize):
        return [function(*one) for one in work]


@pytest.mark.parametrize(
    "call", [Call("/healthz", 302, "alive"), Call("/healthz", 200, "dead"), Call("/nowhere/", 200, "")]
)
def test_it_never_takes_a_wrong_page_for_a_fast_one(call, live_server):
    port = live_server.thread.port

    with pytest.raises(WrongAnswer, match=call.path):
        measure_load(Straight(), port, [[call]], again=True, seconds=0.1)


def test_it_counts_only_what_came_after_the_warm_up(live_server):
    began = time.monotonic()

    found = measure_load(
        Straight(), live_server.thread.port, [[Call("/healthz", 200, "alive")]], again=True, seconds=0.2
    )

    assert found.rate > 0
    assert 0 < found.p50 <= found.p95
    assert time.monotonic() - began >= 0.2


def test_it_counts_the_last_call_where_there_are_too_few_for_a_warm_up(live_server):
    calls = [Call("/healthz", 200, "alive")]

    found = measure_load(Straight(), live_server.thread.port, [calls], again=False, seconds=60)

    assert found.rate > 0 and found.p50 > 0


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 3), (0.95, 4), (1.0, 4)])
def test_it_takes_quantiles_by_rank(share, expected):
    assert find_quantile([1, 2, 3, 4], share) == expected
