"""Counts of groups: of those who allow it, on record, within a budget, and nobody in them."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.choices.rules import MarkKind
from consents.choices.services import marking, withdrawing
from consents.core import clock
from consents.disclosures import services as disclosures
from consents.disclosures.models import Opening
from consents.disclosures.services import CountedScope, record_statistics_opening
from consents.insights import rules
from consents.insights.models import Insight, Result
from consents.insights.services import counting, questions
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from consents.training.rules import NotTrained
from tests.architecture.mutation.attempts.disclosures import COUNT_TOLD, COUNTING
from tests.architecture.mutation.attempts.insights import NEW_CELL, NEW_INSIGHT, NEW_RESULT
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import make_next_version, put_in_vault
from tests.world.erasing import erase
from tests.world.insights import (
    add_question,
    allow_statistics,
    ask_insight,
    by_staff,
    make_statistics_purpose,
    read_cells,
)
from tests.world.insights import count as insights_count
from tests.world.scene_fixtures import scene
from tests.world.training import publish_module, train


def test_it_shows_groups_and_hides_small_ones(crowded):
    """12 lamps, 14 chairs, 4 tables: the tables are hidden, and the lamps with them, or the sum would tell."""
    insight = ask_insight(crowded, add_question(crowded))

    cells = insights_count(insight)

    result = Result.objects.get(pk=insight.pk)
    assert cells == {"Chair": 15} and result.has_hidden
    assert result.total == 30 and result.outcome == "counted"


def test_it_counts_only_who_allows_it(crowded):
    """Withdrawn, erased, restricted and never asked, and who blocks everybody: each is gone from the next count."""
    lamps = [customer for customer, _ in zip(crowded.crowd, range(12), strict=False)]
    withdrawing.withdraw_consent(customer=lamps[0].customer.id, purpose="statistics", by=lamps[0].actor)
    marking.place_mark(customer=lamps[1].customer.id, kind=MarkKind.RESTRICTION, by=lamps[1].actor)
    erase(crowded, lamps[2])
    blocking.place_block(customer=lamps[3].customer.id, kind=BlockKind.EVERYBODY, by=lamps[3].actor)
    insight = ask_insight(crowded, add_question(crowded))

    tally = counting.count_customers(counting.selectors.select_insights().get(pk=insight.pk))

    assert tally.customers == {"Lamp": 8, "Chair": 14, "Table": 4} and tally.people == 26


def test_it_counts_nobody_under_older_words(crowded):
    """A material change takes away every earlier yes."""
    make_next_version(crowded.statistics.purpose, crowded.pia.user)

    insight = ask_insight(crowded, add_question(crowded))

    assert insights_count(insight) == {} and Result.objects.get(pk=insight.pk).outcome == "too_few"


def test_it_puts_each_reading_on_record(crowded):
    insight = ask_insight(crowded, add_question(crowded))

    insights_count(insight)

    opening = Opening.objects.get(kind="statistics")
    assert (opening.staff_id, opening.customer_id) == (crowded.sam.pk, None)
    entry = Entry.objects.get(event="vault.counted")
    assert entry.object == str(opening.pk) and entry.customer is None and str(insight.pk) in entry.details
    events = Entry.objects.filter(object=str(insight.pk)).order_by("id").values_list("event", "outcome")
    assert list(events) == [("insight.asked", ""), ("insight.answered", "counted")]


def test_it_returns_the_stored_answer_within_the_month(crowded):
    question = add_question(crowded)
    first = ask_insight(crowded, question)
    insights_count(first)

    again = ask_insight(crowded, question, analyst=crowded.kim)

    assert again.pk == first.pk and Insight.objects.count() == 1
    counting.count_insight(insight=first.pk)
    assert Result.objects.count() == 1 and Opening.objects.filter(kind="statistics").count() == 1


def test_it_counts_anew_in_a_later_month_once_enough_have_come_or_gone(crowded, later):
    question = add_question(crowded)
    first = ask_insight(crowded, question)
    later(timedelta(days=32))
    for customer in crowded.crowd[:10]:
        withdrawing.withdraw_consent(customer=customer.customer.id, purpose="statistics", by=customer.actor)
    assert ask_insight(crowded, question).pk == first.pk

    last = crowded.crowd[10]
    withdrawing.withdraw_consent(customer=last.customer.id, purpose="statistics", by=last.actor)

    assert ask_insight(crowded, question).pk != first.pk


def test_it_begins_again_after_a_kill(crowded, monkeypatch):
    """In the middle of the second batch: nothing of the first run stays, the next one counts everybody."""
    monkeypatch.setattr(disclosures, "BATCH", 10)
    insight = ask_insight(crowded, add_question(crowded))
    read, batches = disclosures.fetch_statistics_batch, []

    def die(*args):
        batches.append(args)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return read(*args)

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(disclosures, "fetch_statistics_batch", die)
        counting.count_insight(insight=insight.pk)

    assert not Result.objects.exists()
    assert insights_count(insight) == {"Chair": 15}
    assert Opening.objects.filter(kind="statistics").count() == 2


def test_it_stops_when_the_analyst_has_left(crowded):
    insight = ask_insight(crowded, add_question(crowded))
    staff_members.end_staff_membership(member=crowded.sam, by=PORTAL)

    assert insights_count(insight) == {} and Result.objects.get(pk=insight.pk).outcome == "closed"
    assert not Opening.objects.filter(kind="statistics").exists()


def test_it_stops_in_the_middle_when_the_analyst_leaves(crowded, monkeypatch):
    monkeypatch.setattr(disclosures, "BATCH", 10)
    insight = ask_insight(crowded, add_question(crowded))
    read = disclosures.read_statistics_batch

    def leave(*args):
        rows = read(*args)
        staff_members.end_staff_membership(member=crowded.sam, by=PORTAL)
        return rows

    monkeypatch.setattr(disclosures, "read_statistics_batch", leave)
    assert insights_count(insight) == {} and Result.objects.get(pk=insight.pk).outcome == "closed"


def test_it_refuses_who_may_not_ask(crowded):
    question = add_question(crowded)
    publish_module(crowded)
    with pytest.raises(NotTrained):
        ask_insight(crowded, question)
    train(crowded.sam)
    staff_members.end_staff_membership(member=crowded.sam, by=PORTAL)
    with pytest.raises(rules.NotAnalyst):
        ask_insight(crowded, question)


def test_it_refuses_what_may_not_be_counted(crowded):
    with pytest.raises(rules.CategoryNotCounted):
        add_question(crowded, category=crowded.categories["health"], field="note")
    with pytest.raises(rules.UnknownField):
        add_question(crowded, field="colour")
    with pytest.raises(rules.NotPrivacyOfficer):
        questions.retire_question(question=add_question(crowded).pk, officer=crowded.otto, by=PORTAL)
    retired = add_question(crowded, "prices", field="price", grouping="tens")
    questions.retire_question(question=retired.pk, officer=crowded.pia, by=by_staff(crowded.pia))
    with pytest.raises(rules.QuestionRetired):
        ask_insight(crowded, retired)
    with pytest.raises(rules.PeriodNotOver):
        ask_insight(crowded, add_question(crowded, "years", date_field="price", step="year"), "2099")


def test_it_keeps_a_budget_for_each_analyst(crowded):
    years = add_question(crowded, "years", date_field="price", step="quarter")
    periods = rules.list_periods("quarter", clock.now().date())
    for period in periods[: rules.BUDGET_PER_QUESTION]:
        ask_insight(crowded, years, period)

    with pytest.raises(rules.BudgetSpent):
        ask_insight(crowded, years, periods[rules.BUDGET_PER_QUESTION])

    ask_insight(crowded, years, periods[rules.BUDGET_PER_QUESTION], analyst=crowded.kim)
    assert ask_insight(crowded, years, periods[0]).period == periods[0]


def test_it_opens_no_other_field(crowded, monkeypatch):
    opened = []
    open_values = disclosures.open_values
    monkeypatch.setattr(disclosures, "open_values", lambda *args: opened.append(set(args[-1])) or open_values(*args))

    insights_count(ask_insight(crowded, add_question(crowded)))

    assert len(opened) == 30 and all(fields == {"item"} for fields in opened)


def test_a_difference_of_two_overlapping_questions_tells_nothing(crowded):
    """One customer is in the first question and not in the second: the answers do not say so."""
    first = insights_count(ask_insight(crowded, add_question(crowded)))
    last = crowded.crowd[20]
    withdrawing.withdraw_consent(customer=last.customer.id, purpose="statistics", by=last.actor)
    second = insights_count(ask_insight(crowded, add_question(crowded, "same"), analyst=crowded.kim))

    assert first["Chair"] == 15 and second["Chair"] == 15


def test_the_vault_is_dark_again_afterwards(crowded):
    insights_count(ask_insight(crowded, add_question(crowded)))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_record")
        assert cursor.fetchone() == (0,)
    assert read_cells(Insight.objects.get()) == {"Chair": 15}


def test_it_stores_one_answer_and_retires_a_question_once(crowded):
    question = add_question(crowded)
    insight = ask_insight(crowded, question)
    insights_count(insight)
    for _ in range(2):
        questions.retire_question(question=question.pk, officer=crowded.pia, by=by_staff(crowded.pia))

    counting.store_answer(insight, rules.Answer(rules.Outcome.CLOSED))

    assert read_cells(insight) == {"Chair": 15} and Result.objects.get().outcome == "counted"
    for event in ("insight.answered", "insight_question.retired"):
        assert Entry.objects.filter(event=event).count() == 1


def test_it_counts_no_kind_of_data_that_the_purpose_no_longer_names(crowded, monkeypatch):
    question = add_question(crowded)
    monkeypatch.setattr(counting.selectors, "list_countable_categories", lambda: [crowded.categories["contact"]])

    with pytest.raises(rules.CategoryNotCounted):
        ask_insight(crowded, question)
    assert not Insight.objects.exists()


def test_it_reads_on_under_a_new_opening_before_the_first_one_closes(crowded, monkeypatch):
    monkeypatch.setattr(disclosures, "RENEW_AFTER", timedelta(seconds=-1))

    assert insights_count(ask_insight(crowded, add_question(crowded))) == {"Chair": 15}
    assert Opening.objects.filter(kind="statistics").count() == 2


def test_what_else_the_database_refuses_does_not_close_a_count():
    with pytest.raises(IntegrityError), disclosures.recognize_closed_statistics():
        raise IntegrityError("duplicate key")
    with pytest.raises(disclosures.StatisticsClosed), disclosures.recognize_closed_statistics():
        raise IntegrityError("an opening for statistics shows nothing now")


# What the database refuses, said by the application in raw SQL, past the services. Two customers are on the scene.

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
