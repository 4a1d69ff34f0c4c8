"""The ledger alone says what every choice, request and grant is; a table that says otherwise is named."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError

from consents.access.services import answering, asking, ending
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core.owner import silence_triggers
from consents.ledger.rules import Actor
from consents.ops import rebuilding
from consents.ops.rebuilding import Difference, Progress
from tests.world.ahead import running_ahead
from tests.world.cast import answer, ask
from tests.world.owners import acting_as_owner
from tests.world.rotations import undone
from tests.world.scene_fixtures import scene


def found() -> list[Difference]:
    return [item for item in rebuilding.find_differences() if isinstance(item, Difference)]


@scene
def long_story(real_world):
    """Every ending once, under one roof."""
    world, staff = real_world, Actor("staff", str(real_world.sam.pk))
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    answer(world, ask(world, "contact"), "part", "contact", duration=timedelta(hours=1))
    denied = answer(world, ask(world, "orders"), "none")
    answering.lift_waiting_time(access_request=denied.pk, customer=world.ada.customer.id, by=world.ada.actor)
    asking.cancel_access_request(access_request=ask(world, "orders").pk, member=world.sam, by=staff)
    ask(world, "health")
    with running_ahead() as later:
        later(timedelta(days=40))
        ending.expire_due_requests()
        ending.end_due_grants()
        part = answer(world, ask(world, "contact", "orders"), "part", "orders")
        ending.stop_access(access_request=part.pk, customer=world.ada.customer.id, by=world.ada.actor)
        answer(world, ask(world, "health"))
        ask(world, "health", member=world.kim)
        withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
        withdrawing.withdraw_consent(customer=world.ben.customer.id, purpose="support", by=world.ben.actor)
        later(timedelta(days=80))
        running = answer(world, ask(world, "orders"))
        ask(world, "contact", customer=world.ben)
    return running


@pytest.fixture
def story(long_story, later):
    """At its end."""
    later(timedelta(days=80))
    return long_story


def test_an_empty_portal_is_as_its_ledger_says(transactional_db):
    assert list(rebuilding.find_differences()) == [Progress(0, 0)]


def test_every_ending_is_as_the_ledger_says(story):
    assert list(rebuilding.find_differences()) == [Progress(2, 15)]


TABLES = ["access_accessrequest", "access_requestedcategory", "access_grant", "choices_choice", "ledger_entry"]
CHANGES = {
    "UPDATE access_accessrequest SET state = 'denied' WHERE state = 'approved'": ("request", "state"),
    "UPDATE access_accessrequest SET state = 'cancelled', ended_at = portal.now() WHERE state = 'pending'": (
        "request",
        "state, ended_at",
    ),
    "UPDATE access_accessrequest SET answer_by = answer_by + interval '1 s' WHERE state = 'pending'": (
        "request",
        "answer_by",
    ),
    "UPDATE access_accessrequest SET ended_at = ended_at - interval '30 d' WHERE state = 'cancelled'": (
        "request",
        "ended_at",
    ),
    "UPDATE access_accessrequest SET may_ask_again_at = portal.now() WHERE state = 'expired'": (
        "request",
        "may_ask_again_at",
    ),
    "DELETE FROM access_requestedcategory": ("request", "categories"),
    "UPDATE access_grant SET ends_at = ends_at + interval '1 s' WHERE ended_at IS NULL": ("grant", "ends_at"),
    "UPDATE access_grant SET ended_at = NULL, \"end\" = '' WHERE \"end\" = 'stopped'": ("grant", "end, over_at"),
    "DELETE FROM access_grant": ("grant", "not in the tables"),
    "UPDATE choices_choice SET status = 'ConsentInvalidated', rests_until = NULL, rest_rule = ''": (
        "choice",
        "status, rests_until, rest_rule",
    ),
    "UPDATE choices_choice SET rests_until = rests_until - interval '1 d'": ("choice", "rests_until"),
    "UPDATE choices_choice SET language = 'de'": ("choice", "language"),
    "UPDATE choices_choice SET since = since - interval '1 d'": ("choice", "since"),
    "DELETE FROM choices_choice": ("choice", "not in the tables"),
    "UPDATE ledger_entry SET event = 'other' WHERE event LIKE 'consent.%'": ("choice", "not in the ledger"),
}


def force(statement: str) -> None:
    """As the owner, past every trigger."""
    with acting_as_owner() as owner, silence_triggers(owner, *TABLES) as cursor:
        cursor.execute(statement)


def test_a_table_that_says_otherwise_is_named(story, subtests):
    for statement, difference in CHANGES.items():
        with subtests.test(statement), acting_as_owner(), undone():
            force(statement)
            assert {(item.kind, item.what) for item in found()} == {difference}


def test_the_command_says_that_they_agree(story, capsys):
    call_command("rebuild_state", "--check")
    assert capsys.readouterr().out == "Choices, requests and grants of 2 customers: 15, as the ledger says.\n"


@pytest.mark.forced
def test_the_command_names_differences_and_exits_with_1(real_world, capsys):
    customer = real_world.ada.customer.id
    choices_answering.give_consent(
        customer=customer, purpose="support", version=real_world.version.pk, by=real_world.ada.actor
    )
    force("DELETE FROM choices_choice")

    with pytest.raises(SystemExit) as ended:
        call_command("rebuild_state", "--check")

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"Customer {customer}, choice support: not in the tables",
        "Choices, requests and grants of 1 customer: 1, of which 1 not as the ledger says.",
    ]


def test_the_command_exits_with_2_when_it_cannot_read(db, monkeypatch):
    def unreachable():
        raise OperationalError
        yield

    monkeypatch.setattr(rebuilding, "find_differences", unreachable)
    with pytest.raises(Exception, match="could not be read") as refused:
        call_command("rebuild_state", "--check")
    assert refused.value.returncode == 2
