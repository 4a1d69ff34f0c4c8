"""Which right is whose, how surely it must be known who asks, and what a refusal needs."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from consents.catalogue.rules import PROVISION
from consents.core.clock import now
from consents.disclosures.services import disclose_own_copy
from consents.law import clocks, identity, kinds, reasons
from consents.law.clocks import Unit
from consents.law.identity import Level
from consents.law.kinds import KINDS, NotYourLaw, Regime, Type, explain_missing_right, get_kind
from consents.law.reasons import Reason
from consents.notifications.models import Message
from consents.rights import rules
from consents.rights.models import RightsRequest
from consents.rights.refusals import (
    AlreadyExtended,
    BadDayOfAnswer,
    IdentityKnown,
    IsWaiting,
    NoExtension,
    NothingAsked,
    TooLateToExtend,
)
from consents.rights.rules import Format, Outcome, Reply, State, Waiting
from consents.rights.services import correcting, handling, requester_actions
from tests.rights.handling import extend, pause, today
from tests.rights.officer_pages import freshly
from tests.world.cast import build_world, signed_in
from tests.world.choices import make_sale
from tests.world.rights_requests import (
    answer,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    note_reply,
    search,
    type_in,
)

# The clock of a request: it stands still while we wait, is extended in time, and late is late for ever.


class TestClock:
    def test_longer_is_said_once_with_a_reason_and_counted_from_the_receipt(self, world):
        filed = file(world.ada)

        longer = extend(world, filed)

        first, longer_inputs = (longer.register.clocks[name]["inputs"] for name in ("answer", "extended"))
        assert longer_inputs["received_on"] == first["received_on"] and longer_inputs["length"] == 3
        assert longer.answer_by == longer.extended_to > longer.due_at
        assert Message.objects.filter(kind="rights_request_extended").exists()
        with pytest.raises(AlreadyExtended):
            extend(world, filed)

    def test_an_opt_out_is_never_extended(self, world):
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        with pytest.raises(NoExtension):
            extend(world, filed)

    def test_california_does_not_wait(self, world):
        request = pause(world, file(world.cal, Type.DELETION))
        assert request.waiting_since is None and entries(request) == ["filed", "asked"]

    def test_a_running_clock_is_not_resumed_nor_a_standing_one_stopped(self, world):
        filed = file(world.ada)
        with pytest.raises(NothingAsked):
            note_reply(world, filed, today())
        pause(world, filed)
        for act in (lambda: pause(world, filed), lambda: extend(world, filed), lambda: answer(world, filed)):
            with pytest.raises(IsWaiting):
                act()


def test_the_clock_stands_still_while_we_wait(real_world, later):
    filed = file(real_world.ada)
    due = filed.due_at
    pause(real_world, filed)
    later(timedelta(days=11))

    going = note_reply(real_world, filed, today())

    assert going.waited_days == 10  # of eleven days, the first in part
    moved = going.register.due_at - due
    assert timedelta(days=5) <= moved <= timedelta(days=15)  # either end may be rolled over holidays
    assert going.register.clocks["answer"]["inputs"]["waited"] == 10
    assert entries(filed) == ["filed", "paused", "resumed"]


def test_it_stood_still_until_the_day_the_answer_came_not_until_it_was_noted(real_world, later):
    filed = file(real_world.ada)
    pause(real_world, filed)
    asked_on = timezone.localdate(filed.received_at)
    later(timedelta(days=10))
    for day in (asked_on - timedelta(days=11), today() + timedelta(days=1)):
        with pytest.raises(BadDayOfAnswer):
            note_reply(real_world, filed, day)

    going = note_reply(real_world, filed, today() - timedelta(days=6))

    assert going.waited_days == 3  # of four days, the first in part


def test_what_the_customer_was_asked_for_ends_the_wait(real_world, later):
    own, typed, meant = (
        file(real_world.ada, is_fresh=False),
        type_in(real_world, Type.RECIPIENTS),
        file_correction(real_world.ada),
    )
    pause(real_world, own, Waiting.IDENTITY)
    pause(real_world, typed, Waiting.IDENTITY)
    pause(real_world, meant, Waiting.SCOPE)
    later(timedelta(days=5))
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}

    handling.confirm_own_identity(rights_request=own.pk, **mine)
    confirm(real_world, typed, answered_on=today() - timedelta(days=2))
    copy = disclose_own_copy(customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    (contact,) = copy.records[real_world.categories["contact"].pk]
    correcting.choose_entry(rights_request=meant.pk, entry=contact.id, **mine)

    waited = [RightsRequest.objects.get(pk=one.pk) for one in (own, typed, meant)]
    assert [(one.waiting_since, one.waiting_for) for one in waited] == [(None, "")] * 3
    assert [one.waited_days for one in waited] == [5, 2, 5]
    assert entries(own) == ["filed", "paused", "identity_confirmed"]
    assert entries(meant) == ["filed", "paused", "entry_chosen"]


def test_another_question_is_not_answered_by_it(real_world):
    filed = file(real_world.ada, is_fresh=False)
    pause(real_world, filed, Waiting.SCOPE)
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    assert handling.confirm_own_identity(rights_request=filed.pk, **mine).waiting_for == "scope"


def test_nobody_is_asked_for_what_is_known_or_never_needed(world):
    make_sale(world)
    for filed in (file(world.ada), file(world.ada, Type.OBJECTION)):
        with pytest.raises(IdentityKnown):
            pause(world, filed, Waiting.IDENTITY)


def test_received_on_31_january_and_extended_is_30_april(later):
    later(datetime(2026, 1, 31, 9, tzinfo=UTC) - now())
    world = build_world()

    filed = file(world.ada)

    assert filed.due_at == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    later(datetime(2026, 3, 2, 9, tzinfo=UTC) - datetime.now(UTC))
    assert extend(world, filed).extended_to == datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)


def test_waiting_is_never_late_and_what_is_late_never_waits(real_world, later):
    waiting, late = file(real_world.ada), file(real_world.ben)
    pause(real_world, waiting)
    later(timedelta(days=60))

    waiting.refresh_from_db()
    assert not waiting.is_late_at(now()) and late.is_late_at(now())
    assert pause(real_world, late).waiting_since is None
    with pytest.raises(TooLateToExtend):
        extend(real_world, late)


def test_late_is_late_for_ever(real_world, later):
    filed = file(real_world.ada)
    search(real_world, filed)
    later(timedelta(days=60))
    assert answer(real_world, filed).is_late_at(now())
    later(timedelta(days=0))
    assert RightsRequest.objects.get().is_late_at(filed.received_at)


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


def read_text(client, path: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", client.get(path).content.decode()))


def test_a_day_that_is_over_is_no_promise(real_world, later):
    """Neither in the list, nor on the page of the request, nor where it is confirmed."""
    filed = file(real_world.ada)
    paths = ("/rights/", f"/rights/requests/{filed.number}/", f"/rights/requests/{filed.number}/sent/")
    ada = signed_in(real_world.ada.user)
    assert all("We’ll answer by" in read_text(ada, path) for path in paths)
    later(timedelta(days=60))
    ada = signed_in(real_world.ada.user)

    pages = [read_text(ada, path) for path in paths]

    assert all("We had to answer by" in page and "We’ll answer by" not in page for page in pages)
    assert "complain" in pages[1] and "look at this again" not in pages[1], "there is no answer yet to look at again"


def test_a_review_that_is_late_says_so_and_where_to_complain(real_world, later):
    filed = file(real_world.ada)
    answer(real_world, filed, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED, "GDPR Art 15"))
    mine = {"rights_request": filed.pk, "customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    requester_actions.appeal_answer(why="It is wrong.", **mine)
    path = f"/rights/requests/{filed.number}/"
    assert "A different officer will do so and answer by" in read_text(signed_in(real_world.ada.user), path)
    later(timedelta(days=120))

    page = read_text(signed_in(real_world.ada.user), path)

    assert "A different officer had to answer by" in page and "We are late." in page
    assert "will do so and answer by" not in page and "complain" in page


def test_what_was_taken_back_was_not_answered(world):
    filed = file(world.ada)
    mine = {"rights_request": filed.pk, "customer": world.ada.customer.pk, "by": world.ada.actor}
    requester_actions.withdraw_request(**mine)
    ada, path = freshly(world.ada), f"/rights/requests/{filed.number}/"

    page = read_text(ada, path)

    assert "Our answer" not in page and "We had to answer by" not in page and " Answered " not in page
    assert " Result " in page and " Ended " in page
    assert "It was withdrawn already." in read_text(ada, f"{path}take-back/")
    response = ada.get(f"{path}sent/")
    assert response.status_code == 302 and response.url == path


def test_systems_searched_one_after_the_other_are_one_line(world):
    filed = file(world.ada, Type.ACCESS)
    for system in ("vault", "shop", "customer care"):
        on = {"rights_request": filed.pk, "officer": world.pia, "by": by_staff(world.pia)}
        handling.record_search(system=system, found=True, **on)

    page = read_text(signed_in(world.ada.user), f"/rights/requests/{filed.number}/")

    assert page.count("We searched 3 systems for your data") == 1 and "We searched a system" not in page
