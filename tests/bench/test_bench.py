"""The bench, small: it measures every part, checks what it measured, and leaves nothing behind."""

import fcntl

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from bench import __main__, database, ledger, report
from bench.http_load import Call, WrongAnswer, time_calls, time_each
from bench.report import Goal, Row
from consents.core import roles, safeguards
from consents.ops.running.portal import collect_static_files


@pytest.fixture
def small(django_db_setup, django_db_blocker, monkeypatch):
    """Its database, which has one name, is a copy of the one that the tests have migrated."""
    template = connection.settings_dict["TEST"]["TEMPLATE"]

    def copy_template(address: str) -> None:
        with psycopg.connect(address, autocommit=True) as speaking:
            speaking.execute(f"CREATE DATABASE {database.NAME} TEMPLATE {template}")
        roles.create_database(address, database.NAME)
        with psycopg.connect(address, dbname=database.NAME) as speaking, speaking.cursor() as cursor:
            safeguards.record_safeguards(cursor)  # a copy has privileges of its own

    monkeypatch.setattr(database, "create_bench_database", copy_template)
    monkeypatch.setattr(ledger, "ROUNDS", 1)
    with (settings.PORTAL_VAR / "bench.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_left_behind() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [database.NAME])
        return cursor.fetchone() is not None


def test_it_ends_with_its_table_and_drops_its_database(small):
    said: list[str] = []
    collect_static_files()

    with database.use_bench_database():
        assert is_left_behind()
        table = __main__.measure(20, 0.05, __main__.PARTS, said.append)

    lines = table.splitlines()[3:-2]
    figures = [
        *("home", "request", "choices", "who looked", "rights", "requester: list", "officer: Today", "officer: queue"),
        *("one decision", "100 decisions at once", "open data", "answer", "stop", "withdraw", "record a yes"),
        *("ledger entry", "export of ", "import of 20"),
    ]
    assert len(lines) == len(figures) and all(map(str.startswith, lines, figures))
    assert " of 14 goals met" in table and said
    assert not is_left_behind()


def test_it_drops_its_database_when_it_breaks_off(small):
    with pytest.raises(KeyboardInterrupt), database.use_bench_database():
        raise KeyboardInterrupt

    assert not is_left_behind()


def test_it_tells_what_is_met_and_what_is_missed():
    goal = Goal(p50=12, statements=12, ratio=0.5)
    rows = [Row("home", goal, 11.9, 12, 0.5), Row("slow", goal, 12.1, 13, 0.49), Row("export", Goal(), rate=9000)]

    lines = [" ".join(line.split()) for line in report.render(100, rows).splitlines()[2:]]
    assert lines == [
        "p50 ms statements ratio a second goal",
        "home 11.9 12 0.50 met",
        "slow 12.1 13 0.49 missed: p50 ≤ 12, statements ≤ 12, ratio ≥ 0.5",
        "export 9,000",
        "",
        "1 of 2 goals met, 3 figures missed",
    ]


@pytest.mark.parametrize(
    "call", [Call("/healthz", 302, "alive"), Call("/healthz", 200, "dead"), Call("/nowhere/", 200, "")]
)
def test_it_never_takes_a_wrong_page_for_a_fast_one(call, live_server):
    port = live_server.thread.port

    with pytest.raises(WrongAnswer, match=call.path):
        time_each(port, [call])
    assert 0 < time_calls(port, [Call("/healthz", 200, "alive")], 0.05) < 5_000


@pytest.mark.parametrize("words", [["--customers", "5"], ["--seconds", "nan"], ["--parts", "pages,all"]])
def test_it_refuses_wrong_options(words, capsys):
    with pytest.raises(SystemExit) as end:
        __main__.parse_options(words)

    assert end.value.code == 2 and "use " in capsys.readouterr().err
