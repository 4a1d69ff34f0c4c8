"""What Prometheus is told: how old what waits is, what happened, and nothing personal."""

import pytest
from django.core.cache import cache
from procrastinate.contrib.django import app
from prometheus_client import CollectorRegistry, generate_latest

from consents.ops.monitoring import alarms, figures
from consents.ops.monitoring.figures import FigureCollector
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running.portal import Parts, list_programs
from consents.people.models import Customer, User
from tests.world.cast import ask


def scrape(check=lambda: {"database": "ok"}) -> str:
    registry = CollectorRegistry()
    registry.register(FigureCollector(check))
    return generate_latest(registry).decode()


@pytest.fixture
def keep_connection(monkeypatch) -> None:
    """A test that is rolled back goes on with its connection."""
    monkeypatch.setattr(figures.connection, "close", lambda: None)


def test_it_tells_parts_ages_jobs_events_and_clocks(world, keep_connection):
    figures.remember_success(figures.LAST_BACKUP)
    ask(world, "orders")

    told = scrape(check_readiness)

    assert 'portal_part_ok{part="safeguards"} 1.0' in told
    assert 'portal_oldest_waiting_seconds{what="unsealed"}' in told
    assert 'portal_since_seconds{what="last-backup"}' in told
    assert "last-verification" not in told, "there was none"
    assert 'portal_entries_last_hour{event="access_request.filed"}' in told and "portal_clock_skew_seconds" in told
    assert "portal_jobs" in told and "portal_emails_given_up" in told


def test_no_figure_has_a_personal_label(world, keep_connection):
    told = scrape(check_readiness)

    for customer in Customer.objects.all():
        assert str(customer.pk) not in told
        assert not customer.reference or customer.reference not in told
    for email in User.objects.values_list("email", flat=True):
        assert email not in told


FAILS = "UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing' AND task_name = 'y'"
ENDS_WELL = "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'y'"


def test_without_a_database_it_still_says_so(db):
    assert 'portal_part_ok{part="database"} 0.0' in scrape(lambda: {"database": "unreachable"})


def test_a_job_that_was_given_up_is_told_to_the_officers(world):
    assert alarms.describe_jobs() == "ok"
    with figures.connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', 'y', 'doing')")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'y'")

    assert alarms.describe_jobs() == "broken"
    assert check_readiness()["jobs"] == "broken"


def test_what_runs_again_and_again_is_in_order_once_it_has_ended_well(world):
    """A restart of the database fails whatever runs at that moment."""
    with figures.connection.cursor() as cursor:

        def run(seconds: int, end: str) -> None:
            cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', 'y', 'doing')")
            cursor.execute("DELETE FROM procrastinate_periodic_defers WHERE task_name = 'y'")
            cursor.execute(
                "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id)"
                " SELECT 'y', extract(epoch FROM now())::bigint + %s, max(id) FROM procrastinate_jobs",
                [seconds],
            )
            cursor.execute(end)

        states = []
        for seconds, end in enumerate((FAILS, ENDS_WELL, FAILS), start=1):
            run(seconds * 60, end)
            states.append(alarms.describe_jobs())
    assert states == ["broken", "ok", "broken"]


@pytest.mark.parametrize(
    ("name", "minutes", "state"),
    [
        ("consents.rights.tasks.remove_old_requests", 1439, "broken"),
        ("consents.home.tasks.send_daily_staff_emails", 60, "broken"),
        ("consents.ledger.tasks.seal_ledger", 1, "broken"),
        ("consents.ledger.tasks.seal_ledger", 15, "ok"),  # others have run since
    ],
)
def test_a_run_that_waits_does_not_put_in_order_what_failed_before_it(world, name, minutes, state):
    with figures.connection.cursor() as cursor:

        def start() -> int:
            insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', %s, 'doing')"
            cursor.execute(f"{insert} RETURNING id", [name])
            return cursor.fetchone()[0]

        failed, later = start(), start()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [failed])
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '23:59' WHERE job_id = %s", [failed])
        cursor.execute("DELETE FROM procrastinate_periodic_defers WHERE task_name = %s", [name])
        cursor.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id)"
            " VALUES (%s, extract(epoch FROM now() - interval '23:59')::bigint + %s, %s)",
            [name, minutes * 60, later],
        )

    assert alarms.describe_jobs() == state


def test_what_runs_once_a_day_is_tried_again():
    daily = [task for task in app.periodic_registry.periodic_tasks.values() if task.cron.split()[1] != "*"]

    assert daily and all(one.task.retry_strategy for one in daily)


def test_a_clock_that_is_off_is_told(world, monkeypatch):
    monkeypatch.setattr(alarms, "measure_clock_skew", lambda: 900.0)

    assert check_readiness()["clock"] == "broken"


def test_serving_can_be_split_over_machines():
    def names(parts: Parts) -> list[str]:
        return list(list_programs("127.0.0.1", 8000, parts))

    assert names(Parts()) == ["the web server", "the worker"]
    assert names(Parts(has_worker=False)) == ["the web server"]
    assert names(Parts(has_web=False)) == ["the worker"]
    assert names(Parts(metrics=9100)) == ["the web server", "the worker", "the metrics"]
    words = list_programs("127.0.0.1", 8000, Parts(has_worker=False, workers=3, metrics=9100))["the web server"]
    assert words[words.index("--workers") + 1] == "3" and words[words.index("--metrics-port") + 1] == "9101"


def test_what_was_remembered_is_gone_with_the_cache(db):
    assert cache.get(figures.LAST_VERIFICATION) is None


def test_what_counts_as_frequent_runs_at_least_every_ten_minutes():
    periodic = app.periodic_registry.periodic_tasks.values()
    frequent = {one.cron for one in periodic if one.task.name in alarms.list_frequent_tasks()}

    assert frequent and frequent <= {f"{minutes} * * * *" for minutes in ("*", "*/2", "*/5", "*/10")}
