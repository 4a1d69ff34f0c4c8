"""Prepare a call of every act of `consents/insights`."""

from copy import copy

from consents.core import clock
from consents.insights.patterns import list_past_months
from consents.insights.services import counting, questions
from consents.ledger.rules import PORTAL
from tests.faults.acts.beginnings import by_staff
from tests.faults.acts.registry import Call, act
from tests.world.insights import add_question, ask_insight, build_question, make_statistics_purpose


@act(questions.add_question, after=make_statistics_purpose)
def add_insight_question(world, **_) -> Call:
    question = build_question(world)
    return lambda: questions.add_question(question=copy(question), officer=world.pia, by=by_staff(world.pia))


@act(questions.retire_question, after=make_statistics_purpose)
def retire_insight_question(world, **_) -> Call:
    question, officer = add_question(world).pk, world.pia
    return lambda: questions.retire_question(question=question, officer=officer, by=by_staff(officer))


@act(questions.check_note)
def check_note(world, **_) -> Call:
    return lambda: questions.check_note(text="Ada of C-1001 called.", by=by_staff(world.sam))


@act(counting.publish_month)
def publish_figures_of_a_month(world, **_) -> Call:
    month = list_past_months(clock.now())[0]
    return lambda: counting.publish_month(month=month, by=PORTAL)


@act(questions.ask_insight, after=make_statistics_purpose)
def ask_an_insight(world, **_) -> Call:
    question = add_question(world)
    return lambda: ask_insight(world, question)
