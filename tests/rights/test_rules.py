"""Which right is whose, how surely it must be known who asks, and what a refusal needs."""

from datetime import date
from itertools import product

import pytest

from consents.rights.rules import answers, kinds
from consents.rights.rules.answers import Outcome, Reason, State
from consents.rights.rules.clocks import Unit
from consents.rights.rules.kinds import KINDS, Level, NotYourLaw, Regime, Type, kind_of, why_not

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("country", "region", "home", "regime"),
    [
        ("IE", "", "IE", Regime.GDPR),
        ("DE", "Bavaria", "IE", Regime.GDPR),
        ("GB", "", "IE", Regime.UK_GDPR),
        ("US", "CA", "IE", Regime.CCPA),
        ("US", " california ", "US", Regime.CCPA),
        ("US", "NY", "IE", Regime.GDPR),
        ("CA", "", "IE", Regime.GDPR),
        ("DE", "CA", "IE", Regime.GDPR),
        ("", "", "GB", Regime.UK_GDPR),
        ("", "", "IE", Regime.GDPR),
    ],
)
def test_the_law_of_the_person_decides(country, region, home, regime):
    assert kinds.regime_of(kinds.jurisdiction_of(country, region, home)) == regime


def test_every_type_is_a_right_of_some_law():
    assert {type for rights in KINDS.values() for type in rights} == set(Type)


@pytest.mark.parametrize(("regime", "type"), list(product(Regime, Type)), ids=str)
def test_a_right_is_there_or_says_why_not(regime, type):
    sentence = why_not(regime, type, TODAY)
    if sentence:
        with pytest.raises(NotYourLaw, match="right|Your choices"):
            kind_of(regime, type, TODAY)
    else:
        assert kind_of(regime, type, TODAY).type == type


def test_rights_about_machines_begin_in_2027():
    assert "1 January 2027" in str(why_not(Regime.CCPA, Type.ADMT_ACCESS, date(2026, 12, 31)))
    assert kind_of(Regime.CCPA, Type.ADMT_ACCESS, date(2027, 1, 1)).answer.length == 45


def test_opt_outs_and_limit_ask_nobody_who_they_are():
    for rights in KINDS.values():
        for kind in rights.values():
            if kind.type in answers.OPT_OUTS | {Type.WITHDRAWAL, Type.OPT_IN, Type.OBJECTION}:
                assert kind.identity == Level.NOT_REQUIRED
            else:
                assert kind.identity != Level.NOT_REQUIRED


def test_californias_clock_never_waits_and_only_months_do():
    for rights in KINDS.values():
        for kind in rights.values():
            assert kind.pauses == (kind.answer.unit == Unit.MONTH)


@pytest.mark.parametrize(
    ("level", "enough"),
    [
        (Level.FAILED, set()),
        (Level.NOT_REQUIRED, {Level.NOT_REQUIRED}),
        (Level.REASONABLE, {Level.NOT_REQUIRED, Level.REASONABLE}),
        (Level.REASONABLY_HIGH, {Level.NOT_REQUIRED, Level.REASONABLE, Level.REASONABLY_HIGH}),
        (Level.SESSION, {Level.NOT_REQUIRED, Level.REASONABLE, Level.REASONABLY_HIGH}),
    ],
)
def test_what_each_level_is_good_for(level, enough):
    asked = [Level.NOT_REQUIRED, Level.REASONABLE, Level.REASONABLY_HIGH]
    assert {needed for needed in asked if kinds.suffices(level, needed)} == enough


def test_states_only_move_on_and_end_in_an_answer():
    order = list(State)
    assert set(answers.NEXT) == set(State)
    for state, nexts in answers.NEXT.items():
        assert all(order.index(after) > order.index(state) for after in nexts)
    assert {state for state, outcome in answers.STATUS if outcome} == {State.ANSWERED}
    assert {outcome for _, outcome in answers.STATUS} == {"", *Outcome}


def test_every_reason_has_its_metric_group_and_where_it_can_its_law():
    assert set(answers.GROUPS) == set(Reason)
    for regime, reason in product(Regime, set(Reason) - {Reason.OTHER}):
        if reason == Reason.NOT_COVERED:
            continue
        assert answers.law_of(regime, Type.ACCESS, reason)
    assert answers.law_of(Regime.UK_GDPR, Type.PORTABILITY, Reason.OTHERS) == "UK GDPR Art 20(4)"
    assert set(answers.REMEDIES) == set(Regime)


def test_an_opt_out_is_refused_for_fraud_alone_and_a_withdrawal_never():
    assert answers.reasons_for(Type.OPT_OUT) == answers.reasons_for(Type.LIMIT) == [Reason.FRAUD]
    assert answers.reasons_for(Type.WITHDRAWAL) == []
    assert answers.reasons_for(Type.ACCESS) == list(Reason)


def test_records_are_kept_two_years_from_the_answer():
    assert answers.retain_until(date(2028, 2, 29)) == date(2030, 2, 28)
