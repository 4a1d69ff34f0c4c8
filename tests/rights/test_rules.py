"""Which right is whose, how surely it must be known who asks, and what a refusal needs."""

import re
from datetime import date
from itertools import product

import pytest

from consents.catalogue.rules import PROVISION
from consents.law import clocks, identity, kinds, reasons
from consents.law.clocks import Unit
from consents.law.identity import Level
from consents.law.kinds import KINDS, NotYourLaw, Regime, Type, explain_missing_right, get_kind
from consents.law.reasons import Reason
from consents.rights import rules
from consents.rights.rules import Outcome, State

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
    assert kinds.find_regime(kinds.find_jurisdiction(country, region, home)) == regime


def test_every_type_is_a_right_of_some_law():
    assert {type for rights in KINDS.values() for type in rights} == set(Type)


def test_a_right_is_there_or_says_why_not(subtests):
    for regime, type in product(Regime, Type):
        with subtests.test(regime=regime, type=type):
            if explain_missing_right(regime, type, TODAY):
                with pytest.raises(NotYourLaw, match=r"right|Your choices"):
                    get_kind(regime, type, TODAY)
            else:
                assert get_kind(regime, type, TODAY).type == type


def test_rights_about_machines_begin_in_2027():
    assert "1 January 2027" in str(explain_missing_right(Regime.CCPA, Type.ADMT_ACCESS, date(2026, 12, 31)))
    assert get_kind(Regime.CCPA, Type.ADMT_ACCESS, date(2027, 1, 1)).answer.length == 45


def test_opt_outs_and_limit_ask_nobody_who_they_are():
    for rights in KINDS.values():
        for kind in rights.values():
            if kind.type in reasons.OPT_OUTS | {Type.WITHDRAWAL, Type.OPT_IN, Type.OBJECTION}:
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
    assert {needed for needed in asked if identity.is_sure_enough(level, needed)} == enough


def test_an_outcome_belongs_to_an_answer_and_each_has_a_status():
    assert {state for state, outcome in rules.STATUS if outcome} == {State.ANSWERED}
    assert {outcome for _, outcome in rules.STATUS} == {"", *Outcome}


def test_every_reason_has_its_metric_group_and_every_law_its_remedies():
    assert set(reasons.GROUPS) == set(Reason)
    assert set(reasons.REMEDIES) == set(Regime)


# What a refusal rests on, right by right; "" where the officer says it.
WHATEVER_IT_IS = {
    Regime.GDPR: {
        Reason.UNVERIFIED: "GDPR Art 12(2)",
        Reason.NO_MATCH: "GDPR Art 11(2)",
        Reason.FRAUD: "GDPR Art 12(6)",
        Reason.OUTSIDE: "GDPR Art 3",
        Reason.TOO_MANY: "GDPR Art 12(5)",
        Reason.UNFOUNDED: "GDPR Art 12(5)",
        Reason.EXCESSIVE: "GDPR Art 12(5)",
    },
    Regime.CCPA: {
        Reason.UNVERIFIED: "11 CCR 7060",
        Reason.NO_MATCH: "11 CCR 7060",
        Reason.FRAUD: "11 CCR 7061",
        Reason.OUTSIDE: "Civ 1798.140(i)",
        Reason.UNFOUNDED: "Civ 1798.145(h)(3)",
        Reason.EXCESSIVE: "Civ 1798.145(h)(3)",
        Reason.OTHERS: "Civ 1798.145(k)",
        Reason.LEGAL: "Civ 1798.145(a)(1)",
    },
}
OF_THIS_RIGHT = {
    Type.ACCESS: {Reason.OTHERS: "GDPR Art 15(4)"},
    Type.RECTIFICATION: {Reason.NOT_COVERED: "GDPR Art 16"},
    Type.ERASURE: {Reason.NOT_COVERED: "GDPR Art 17(1)", Reason.LEGAL: "GDPR Art 17(3)"},
    Type.RESTRICTION: {Reason.NOT_COVERED: "GDPR Art 18(1)"},
    Type.RECIPIENTS: {Reason.NOT_COVERED: "GDPR Art 19"},
    Type.PORTABILITY: {Reason.NOT_COVERED: "GDPR Art 20(1)", Reason.OTHERS: "GDPR Art 20(4)"},
    Type.OBJECTION: {Reason.NOT_COVERED: "GDPR Art 21(1)"},
    Type.AUTOMATED: {Reason.NOT_COVERED: "GDPR Art 22(2)"},
    Type.KNOW_CATEGORIES: {Reason.UNVERIFIED: "11 CCR 7024(b)", Reason.TOO_MANY: "Civ 1798.130(b)"},
    Type.KNOW_SPECIFIC: {Reason.UNVERIFIED: "11 CCR 7024(a)", Reason.TOO_MANY: "Civ 1798.130(b)"},
    Type.DELETION: {Reason.NOT_COVERED: "Civ 1798.105(d)", Reason.LEGAL: "Civ 1798.105(d)"},
    Type.CORRECTION: {Reason.NOT_COVERED: "11 CCR 7023", Reason.TOO_MANY: "11 CCR 7023"},
    Type.OPT_OUT: {Reason.FRAUD: "11 CCR 7026(e)"},
    Type.OPT_IN: {Reason.NOT_COVERED: "11 CCR 7028(a)"},
    Type.LIMIT: {Reason.FRAUD: "11 CCR 7027(f)"},
    Type.ADMT_OPT_OUT: {Reason.FRAUD: "11 CCR 7221(g)"},
}
REFUSALS = [
    (regime, type, reason)
    for regime in (Regime.GDPR, Regime.CCPA)
    for type in KINDS[regime]
    for reason in reasons.list_reasons(type)
]


def test_a_refusal_rests_on_its_own_provision_or_the_officer_says_which(subtests):
    for regime, type, reason in REFUSALS:
        with subtests.test(regime=regime, type=type, reason=reason):
            law = OF_THIS_RIGHT.get(type, {}).get(reason) or WHATEVER_IT_IS[regime].get(reason, "")
            assert reasons.cite_provision(regime, type, reason) == law
            assert law == "" or re.fullmatch(PROVISION, law)
            if regime == Regime.GDPR:
                assert reasons.cite_provision(Regime.UK_GDPR, type, reason) == (law and f"UK {law}")


def test_no_article_of_another_right_is_named():
    """GDPR Art 15 to 22 are a right each."""
    for regime, type, reason in REFUSALS:
        named = re.search(r"GDPR Art (1[5-9]|2[0-2])", reasons.cite_provision(regime, type, reason))
        assert named is None or named[1] == type.removeprefix("A"), (type, reason)


@pytest.mark.parametrize("type", KINDS[Regime.GDPR])
def test_a_ban_by_law_but_of_an_erasure_names_that_law(type):
    """Art 17(3) is of erasures; another right is restricted by a law of its own (Art 23)."""
    assert bool(reasons.cite_provision(Regime.GDPR, type, Reason.LEGAL)) == (type == Type.ERASURE)


def test_an_opt_out_is_refused_for_fraud_alone_and_a_withdrawal_never():
    assert reasons.list_reasons(Type.OPT_OUT) == reasons.list_reasons(Type.LIMIT) == [Reason.FRAUD]
    assert reasons.list_reasons(Type.WITHDRAWAL) == []
    assert reasons.list_reasons(Type.ACCESS) == list(Reason)


def test_records_are_kept_two_years_from_the_answer():
    assert clocks.compute_retain_until(date(2028, 2, 29)) == date(2030, 2, 28)
