"""What the database refuses, said by the application in raw SQL, past the services. Two customers are on the scene."""

from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection

from consents.choices.services import withdrawing
from consents.disclosures.services import CountedScope, record_statistics_opening
from consents.insights.services import counting
from consents.ledger.rules import PORTAL
from tests.architecture.mutation.attempts.disclosures import COUNT_TOLD, COUNTING
from tests.architecture.mutation.attempts.insights import NEW_CELL, NEW_INSIGHT, NEW_RESULT
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import put_in_vault
from tests.world.insights import add_question, allow_statistics, ask_insight, make_statistics_purpose
from tests.world.scene_fixtures import scene

REFUSED = "23001"
FIRST = "00000000-0000-0000-0000-000000000000"
READ = f"SELECT customer FROM portal.read_statistics(%s, '{FIRST}', 100) WHERE record IS NOT NULL"
COUNT = "SELECT DISTINCT customer_id FROM vault_record"


@scene
def pair(real_world):
    """Ada allows statistics, Ben does not; both have orders. An insight waits."""
    make_statistics_purpose(real_world)
    put_in_vault(real_world.ben.customer, real_world.categories["orders"], {"item": "Lamp", "price": "1"})
    allow_statistics(real_world, real_world.ada)
    real_world.question = add_question(real_world)
    real_world.insight = ask_insight(real_world, real_world.question)
    return real_world


@pytest.fixture
def opened(pair):
    """`opened(*statements)`: run as the application in the session that recorded an opening."""
    opening = uuid4()
    scope = CountedScope(
        pair.insight.pk, pair.sam.pk, pair.categories["orders"], pair.statistics.purpose, frozenset({"item"})
    )
    record_statistics_opening(opening, scope, PORTAL)
    pair.opening = opening
    return lambda *statements: outcome(connection.connection, *statements)


def name_opening(pair) -> tuple:
    return "SELECT set_config('portal.opening', %s, true)", [str(pair.opening)]


def test_it_shows_who_allows_it_and_nobody_else(pair, opened):
    assert opened(name_opening(pair), COUNT) == f"allowed [({pair.ada.customer.id!r},)]"


def test_it_shows_no_other_category(pair, opened):
    contact = pair.categories["contact"].pk
    counted = opened(name_opening(pair), f"SELECT count(*) FROM vault_record WHERE category_id = {contact}")
    assert counted == "allowed [(0,)]"


def test_it_shows_nothing_to_another_session(pair, opened):
    with application_speaking() as other:
        assert outcome(other, name_opening(pair), COUNT) == "allowed []"
        assert outcome(other, (READ, [pair.opening])).startswith(f"{REFUSED} statistics_door_closed")


def test_it_shows_nothing_after_a_no(pair, opened):
    withdrawing.withdraw_consent(customer=pair.ada.customer.id, purpose="statistics", by=pair.ada.actor)
    assert opened(name_opening(pair), COUNT) == "allowed []"


def test_a_cursor_from_before_the_no_shows_nothing(pair, opened):
    """A snapshot from before does not help: each row is judged by what is committed when it is read."""
    speaking = connection.connection
    speaking.execute("BEGIN")
    speaking.execute(*name_opening(pair))
    speaking.execute(f"DECLARE counting CURSOR FOR {COUNT}")
    no = Thread(target=say_no, args=[pair.ada])
    no.start()
    no.join()
    found = speaking.execute("FETCH ALL FROM counting").fetchall()
    speaking.execute("ROLLBACK")

    assert found == []


def say_no(customer) -> None:
    """On a connection of its own."""
    withdrawing.withdraw_consent(customer=customer.customer.id, purpose="statistics", by=customer.actor)
    connection.close()


def test_it_ends_with_the_answer(pair, opened):
    """And not with the answer to another insight, nor with one that is taken back."""
    pair.other = ask_insight(pair, add_question(pair, code="other"))
    counting.count_insight(insight=pair.other.pk)
    assert opened(name_opening(pair), COUNT) == f"allowed [({pair.ada.customer.id!r},)]"
    told_of = (told("insight.answered", pair.insight.pk), (NEW_RESULT.format(30), [pair.insight.pk]))
    assert opened(*told_of, name_opening(pair)).startswith("allowed")
    assert opened(name_opening(pair), COUNT) == f"allowed [({pair.ada.customer.id!r},)]"

    counting.count_insight(insight=pair.insight.pk)

    assert opened(name_opening(pair), COUNT) == "allowed []"
    assert opened((READ, [pair.opening])).startswith(f"{REFUSED} statistics_door_closed")


def test_a_cursor_from_before_the_answer_shows_nothing(pair, opened):
    speaking = connection.connection
    speaking.execute("BEGIN")
    speaking.execute(*name_opening(pair))
    speaking.execute(f"DECLARE counting CURSOR FOR {COUNT}")
    elsewhere = Thread(target=count, args=[pair.insight])
    elsewhere.start()
    elsewhere.join()
    found = speaking.execute("FETCH ALL FROM counting").fetchall()
    speaking.execute("ROLLBACK")

    assert found == []


def count(insight) -> None:
    """On a connection of its own."""
    counting.count_insight(insight=insight.pk)
    connection.close()


def test_it_shows_nothing_in_the_transaction_that_records_the_opening(pair, opened):
    told_of = COUNT_TOLD.replace("11111111-2222-4333-8444-555555555555", str(uuid4()))
    assert opened(told_of, (COUNTING, [pair.sam.pk])).startswith(REFUSED)


def test_no_opening_without_an_insight_that_waits(pair):
    with application_speaking() as application:
        said = outcome(application, COUNT_TOLD, (COUNTING, [pair.sam.pk]))
    assert said.startswith(f"{REFUSED} disclosures_opening_serves_an_insight")


def test_no_small_number_is_stored(pair):
    insight = pair.insight.pk
    with application_speaking() as application:
        for number in (1, 4, 10):
            said = outcome(
                application,
                told("insight.answered", insight),
                (NEW_RESULT.format(30), [insight]),
                (NEW_CELL.format(number), [insight]),
            )
            assert "insights_cell_no_small" in said
        assert "insights_result_no_small" in outcome(application, (NEW_RESULT.format(10), [insight]))


def test_no_insight_is_asked_twice_or_by_a_stranger(pair):
    with application_speaking() as application:
        again = outcome(application, (NEW_INSIGHT, [pair.question.pk, pair.sam.pk]))
        stranger = outcome(application, (NEW_INSIGHT, [pair.question.pk, pair.ada.user.pk]))
        small = outcome(application, (NEW_INSIGHT.replace("11", "4"), [pair.question.pk, pair.sam.pk]))
    assert {again[:5], stranger[:5], small[:5]} <= {REFUSED, "23505", "23514"}
