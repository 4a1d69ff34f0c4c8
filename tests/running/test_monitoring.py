"""What Prometheus is told: how old what waits is, what happened, and nothing personal."""

import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client import CollectorRegistry, generate_latest

from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.core import clock
from consents.decisions.rules import Decision, DecisionCode
from consents.exports.rules import Dataset
from consents.exports.staff.compliance import page
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.ops.monitoring import alarms, figures, self_check
from consents.ops.monitoring.figures import FigureCollector
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.monitoring.self_check import BrokenRefusal, run_self_check
from consents.ops.running.portal import Parts, list_programs
from consents.people.models import Acting, Customer, User
from consents.people.selectors import MADE_UP_ADDRESS
from consents.rights.models import RightsRequest
from tests.world.cast import ask
from tests.world.choices import make_offers, make_sale, make_special
from tests.world.exports import exported
from tests.world.scene_fixtures import scene

# A no that does not count, and whatever else stops working, is noticed.


@scene
def offered(real_world):
    make_offers(real_world)
    return real_world


def get_made_up():
    return Acting.objects.get(user__email=MADE_UP_ADDRESS).customer_id


def list_events() -> list[str]:
    entries = Entry.objects.filter(customer=get_made_up(), event__startswith="consent.").order_by("id")
    return list(entries.values_list("event", flat=True))


def test_a_made_up_customer_gives_and_withdraws_through_the_pages(offered):
    for _ in range(2):
        run_self_check()

    assert list_events()[-2:] == ["consent.given", "consent.withdrawn"]
    assert list_events().count("consent.given") == 2
    assert Choice.objects.get(customer=get_made_up()).status == Status.WITHDRAWN
    assert not Message.objects.filter(customer=get_made_up()).exists(), "nobody reads its mail"
    assert alarms.describe_refusals() == "ok"


@pytest.mark.parametrize("make", [make_special, make_sale])
def test_it_takes_the_second_step_where_one_is_asked(real_world, make):
    make(real_world)
    for _ in range(2):
        run_self_check()

    assert list_events().count("consent.given") == 2
    assert alarms.describe_refusals() == "ok"


def test_with_nothing_to_refuse_there_is_nothing_broken(world):
    run_self_check()

    assert alarms.describe_refusals() == "ok"


def test_a_no_that_does_not_count_is_noticed(offered, monkeypatch):
    monkeypatch.setattr(self_check, "decide_use", lambda **_: Decision(True, DecisionCode.CONSENTED))

    with pytest.raises(BrokenRefusal):
        run_self_check()

    assert alarms.describe_refusals() == "broken"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["refusals"]) == (200, "broken")


def test_a_page_that_no_longer_withdraws_is_noticed(offered, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr("consents.choices.services.withdrawing.withdraw_consent", fail)

    with pytest.raises(BrokenRefusal, match="answers 500"):
        run_self_check()


def test_a_check_that_does_not_run_is_noticed_once_one_is_due(db, monkeypatch):
    monkeypatch.setattr(alarms, "STARTED", time.monotonic())
    assert alarms.describe_refusals() == "ok", "the portal has just begun"

    monkeypatch.setattr(alarms, "STARTED", time.monotonic() - alarms.FIRST_CHECK_SECONDS)
    assert alarms.describe_refusals() == "late"


def count_exported(world) -> dict[Dataset, int]:
    return {dataset: len(exported(world, dataset=dataset)) for dataset in Dataset if dataset != Dataset.METRICS}


def test_the_made_up_customer_is_in_no_export(offered):
    before = count_exported(offered)

    run_self_check()

    assert count_exported(offered) == before


def test_the_made_up_customer_is_in_no_chart(offered):
    run_self_check()

    year, zone = clock.now().year, timezone.get_current_timezone()
    assert page.count_consents(year, zone) == []
    assert not RightsRequest.objects.exists() and not Entry.objects.filter(event="rights_request.filed").exists()


def test_a_dead_worker_is_late(db):
    assert alarms.describe_worker() == "late"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        assert alarms.describe_worker() == "ok"
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '3 minutes'")
    assert alarms.describe_worker() == "late"


def test_email_that_waits_is_late(world):
    message = Message.objects.create(kind="access_ended", key="x", user=world.sam.user)
    assert alarms.describe_email() == "ok"

    Message.objects.filter(pk=message.pk).update(queued_at=timezone.now() - timedelta(minutes=20))
    assert alarms.describe_email() == "late"
    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now(), outcome="sent")
    assert alarms.describe_email() == "ok"


@pytest.fixture
def look(world, monkeypatch):
    """Look as if a minute had passed since the last time."""
    monkeypatch.setattr(alarms, "take_slot", lambda *_, **__: True)
    return lambda **states: alarms.look_once({"database": "ok"} | states)


def test_officers_are_told_once_for_each_outage(look, world):
    looks = [look(worker=state, email="ok") for state in ("ok", "late", "late", "late", "ok", "late", "late")]

    assert looks == [[], [], ["worker"], [], [], [], []]
    assert {one.to[0] for one in mail.outbox} >= {world.pia.user.email, world.otto.user.email}
    assert len(mail.outbox) == len({one.to[0] for one in mail.outbox})
    assert world.sam.user.email not in {one.to[0] for one in mail.outbox}
    assert "worker" in mail.outbox[0].body


def test_an_outage_after_half_an_hour_of_calm_is_another(look):
    for state in ("late", "late", "ok"):
        look(worker=state)
    cache.delete("alarm-worker")  # as time does

    assert [look(worker=state) for state in ("late", "late")] == [[], ["worker"]]


def test_a_moment_of_trouble_is_no_outage(look):
    assert [look(places=state) for state in ("late", "ok", "late", "ok")] == [[], [], [], []]
    assert mail.outbox == []


def test_one_process_looks_at_a_time(world):
    states = {"database": "ok", "worker": "late"}

    assert [alarms.look_once(states), alarms.look_once(states), alarms.look_once(states)] == [[], [], []]


def test_without_a_database_the_company_is_told_once(settings, monkeypatch):
    monkeypatch.setattr(alarms, "_told_without_database", set())

    looks = [alarms.look_once({"database": "unreachable"}) for _ in range(3)]

    assert looks == [["database"], [], []]
    assert [one.to for one in mail.outbox] == [[settings.PORTAL_EMAIL]]


def test_readiness_names_each_part(world):
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert set(alarms.PARTS) <= set(answer.json())


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
