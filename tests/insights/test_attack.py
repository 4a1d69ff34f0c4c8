"""Nobody is found in all that was ever answered about the demo's customers; without any one rule, somebody is."""

import random
from collections.abc import Callable
from datetime import date

import pytest

from consents.insights import rules
from consents.insights.rules import Grouping, Measure, Outcome, Step, Tally
from consents.ops.demo.customers import PersonFactory
from tests.insights.attack import Rules, Seen, find_people

TODAY = date(2026, 6, 17)
MONTHS = 40
# (category, field, grouping, date field, step, each customer in one group)
QUESTIONS = [
    ("contact", "town", Grouping.VALUE, "", "", True),
    ("orders", "item", Grouping.VALUE, "", "", False),
    ("orders", "item", Grouping.VALUE, "date", Step.YEAR, False),
    ("orders", "state", Grouping.VALUE, "date", Step.QUARTER, False),
    ("orders", "date", Grouping.MONTH, "", "", False),
    ("orders", "date", Grouping.YEAR, "", "", False),
    ("orders", "price", Grouping.TENS, "", "", False),
    ("orders", "price", Grouping.HUNDREDS, "", "", False),
    ("payment", "kind", Grouping.VALUE, "", "", True),
    ("payment", "valid", Grouping.VALUE, "", "", True),
    ("support", "subject", Grouping.VALUE, "", "", False),
]


def make_people() -> list[dict[str, list[dict[str, str]]]]:
    """The demo's customers and as many again, so that there are groups of every size."""
    factory = PersonFactory(TODAY)
    return [person.records for person in factory.everybody()] + [
        factory.person(factory.stranger(number)).records for number in range(100, 160)
    ]


def count(people, question, measure: str, period: str) -> Tally:
    category, field, grouping, date_field, step, _single = question
    tally = Tally(grouping, measure)
    for records in people:
        held = records.get(category, [])
        tally.add_customer(one[field] for one in held if rules.find_period(step, one.get(date_field, "")) == period)
    return tally


def answer_everything(in_force: Rules, monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """Every question for every period and month; each month one customer has withdrawn."""
    dice = random.Random(7)
    with monkeypatch.context() as patch:
        if not in_force.is_complementary:
            patch.setattr(rules, "is_hidden_well", lambda hidden, minimum: True)
        if not in_force.is_rounded:
            patch.setattr(rules, "round_number", lambda number, minimum, choose: number)
        people = make_people()
        answers = []
        # One leaves each month; after eleven a question is counted again.
        for month in range(0, MONTHS, Rules().minimum if in_force.is_renewed_late and in_force.is_monthly else 1):
            for place, question in enumerate(QUESTIONS):
                for measure in Measure.values:
                    for period in rules.list_periods(question[4], TODAY):
                        tally = count(people[month:], question, measure, period)
                        name = f"{place} {question[0]}.{question[1]} {measure} {period}"
                        is_single = question[5] and measure == Measure.CUSTOMERS
                        for _again in range(1 if in_force.is_monthly else 1500):
                            answers += look(tally, in_force, dice.randrange, name, month, is_single)
    return answers


def look(tally: Tally, in_force: Rules, choose: Callable[[int], int], name: str, month: int, single: bool):
    answer = rules.build_answer(tally, in_force.minimum, choose)
    if answer.outcome != Outcome.COUNTED:
        return []
    return [Seen(name, month, answer.total, answer.cells, answer.has_hidden, single)]


def test_the_attack_finds_nobody(monkeypatch):
    answers = answer_everything(Rules(), monkeypatch)

    assert len(answers) > 50 and any(seen.has_hidden for seen in answers)
    assert any(0 in seen.cells.values() or None in seen.cells.values() for seen in answers)
    assert find_people(answers, Rules()) == []


@pytest.mark.parametrize(
    "off",
    [
        {"minimum": 1},
        {"is_complementary": False},
        {"is_rounded": False},
        {"is_monthly": False},
        {"is_renewed_late": False},
    ],
    ids=["minimum", "complementary", "rounding", "once_a_month", "renewed_late"],
)
def test_without_any_one_rule_it_finds_somebody(monkeypatch, off):
    in_force = Rules(**off)
    if not in_force.is_monthly:
        monkeypatch.setattr("tests.insights.test_attack.QUESTIONS", QUESTIONS[1:2])
        monkeypatch.setattr("tests.insights.test_attack.MONTHS", 2)

    assert find_people(answer_everything(in_force, monkeypatch), in_force) != []
