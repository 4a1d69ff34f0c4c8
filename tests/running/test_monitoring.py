"""A no that does not count, and whatever else stops working, is noticed."""

import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.core import clock
from consents.decisions.rules import Decision, DecisionCode
from consents.exports.rules import Dataset
from consents.exports.staff.compliance import page
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.ops.monitoring import alarms, self_check
from consents.ops.monitoring.self_check import BrokenRefusal, run_self_check
from consents.people.models import Acting
from consents.people.selectors import MADE_UP_ADDRESS
from consents.rights.models import RightsRequest
from tests.world.choices import make_offers, make_sale, make_special
from tests.world.exports import exported
from tests.world.scene_fixtures import scene


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
