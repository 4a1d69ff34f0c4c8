"""The checker lets lawful histories pass and catches made-up bad ones."""

from dataclasses import replace

import pytest

from tests.soak import history
from tests.soak.checker import Asked, Facts, Granted, problems
from tests.soak.history import Call, Kind, Outage, Outcome

ASKED = Asked("r", "ada", "support", "approved", "all", ("approved",))
DENIED = replace(ASKED, state="denied", decision="none", ends=("denied",))
GRANT = Granted("g", "r", ("sam", "ada", "orders", "support"), 10, 25, True)
OPENED = (("g", 12.5),)
GOOD = Facts({"r": ASKED}, {"g": GRANT}, OPENED, OPENED, {})


def call(kind: Kind, start: float, end: float, outcome: Outcome = Outcome.OK, **more) -> Call:
    values = {"client": 1, "customer": "ada", "object": "r", "status": 200} | more
    return Call(kind=kind, start=start, end=end, outcome=outcome, **values)


def look(start: float, end: float, *, data: bool = True, **more) -> Call:
    outcome = Outcome.OK if data else Outcome.REFUSED
    return call(Kind.OPEN, start, end, **{"outcome": outcome, "grant": "g", "data": data} | more)


ANSWERED = call(Kind.ANSWER, 9, 11, said="all", token="t")
LOOKED = look(12, 13)
STOPPED = call(Kind.STOP, 24, 26)
LAWFUL = [call(Kind.ASK, 1, 2, made="r", object=""), ANSWERED, LOOKED, STOPPED, look(27, 28, data=False)]


def test_a_lawful_history_passes():
    assert problems(LAWFUL, GOOD) == []


def test_a_look_that_overlaps_the_no_may_see_data():
    opened = (*OPENED, ("g", 24.9))

    assert problems([*LAWFUL[:4], look(24.5, 27)], replace(GOOD, openings=opened, told=opened)) == []


def test_an_unknown_answer_may_have_counted_or_not():
    unknown = replace(ANSWERED, outcome=Outcome.UNKNOWN, status=503)
    down = [Outage("postmaster", 8, 12)]
    pending = replace(ASKED, state="pending", decision="", ends=())

    assert problems([unknown], Facts({"r": pending}), down) == []
    assert problems([unknown], replace(GOOD, openings=(), told=()), down) == []


def test_a_retry_with_the_same_answer_passes():
    unknown = replace(ANSWERED, outcome=Outcome.UNKNOWN, end=10, status=0)
    retried = replace(ANSWERED, start=12, end=13)

    assert problems([unknown, retried], replace(GOOD, openings=(), told=()), [Outage("web", 9, 10)]) == []


GIVEN = call(Kind.GIVE, 1, 2, object="offers")
WITHDRAWN = call(Kind.WITHDRAW, 3, 4, object="offers")


@pytest.mark.parametrize(
    ("acts", "is_given"), [([GIVEN], True), ([GIVEN, WITHDRAWN], False)], ids=["given", "withdrawn"]
)
def test_a_choice_is_what_was_said_last(acts, is_given):
    assert problems(acts, Facts(choices={("ada", "offers"): is_given})) == []
    assert problems(acts, Facts(choices={("ada", "offers"): not is_given}))[0].startswith("I22")


def test_an_unknown_withdrawal_may_have_counted_or_not():
    unknown = replace(WITHDRAWN, outcome=Outcome.UNKNOWN, status=503)
    for is_given in (True, False):
        assert problems([GIVEN, unknown], Facts(choices={("ada", "offers"): is_given}), [Outage("web", 3, 4)]) == []


TWICE = (*OPENED, ("g", 30.5))
BAD = {
    "data after an acknowledged stop": ("I6", [*LAWFUL[:4], look(30, 31)], replace(GOOD, openings=TWICE, told=TWICE)),
    "data after an acknowledged withdrawal": (
        "I6",
        [ANSWERED, LOOKED, replace(STOPPED, kind=Kind.WITHDRAW, object="support"), look(30, 31)],
        replace(GOOD, openings=TWICE, told=TWICE),
    ),
    "data again after a refused look": (
        "I6",
        [ANSWERED, LOOKED, look(27, 28, data=False), look(30, 31)],
        replace(GOOD, openings=TWICE, told=TWICE),
    ),
    "two ends": ("I10", [ANSWERED], replace(GOOD, requests={"r": replace(ASKED, ends=("approved", "denied"))})),
    "an end the ledger does not tell": ("I10", [ANSWERED], replace(GOOD, requests={"r": replace(ASKED, ends=())})),
    "two answers acknowledged": ("I10", [ANSWERED, replace(ANSWERED, said="none", token="u")], GOOD),
    "a refused answer that counted": ("I10", [replace(ANSWERED, outcome=Outcome.REFUSED)], GOOD),
    "two grants at once": (
        "I13",
        LAWFUL,
        replace(GOOD, grants={"g": GRANT, "h": replace(GRANT, id="h", starts=24, over=40)}),
    ),
    "data without an opening": ("I17", LAWFUL, replace(GOOD, openings=(), told=())),
    "two looks and one opening": ("I17", [*LAWFUL, look(12.1, 13.1)], GOOD),
    "an opening of another moment": ("I17", LAWFUL, replace(GOOD, openings=(("g", 14),), told=(("g", 14),))),
    "an opening off the ledger": ("I17", LAWFUL, replace(GOOD, told=())),
    "an acknowledged ask that is gone": ("I22", [call(Kind.ASK, 1, 2, made="lost", object="")], GOOD),
    "an acknowledged answer that is gone": (
        "I22",
        [ANSWERED],
        Facts({"r": replace(ASKED, state="pending", decision="", ends=())}),
    ),
    "an acknowledged no that became a yes": ("I22", [replace(ANSWERED, said="none")], GOOD),
    "an acknowledged stop that is gone": ("I22", LAWFUL, replace(GOOD, grants={"g": replace(GRANT, ended=False)})),
    "an acknowledged export that is gone": ("I22", [call(Kind.EXPORT, 1, 2, made="lost")], GOOD),
    "one token, two things": (
        "I23",
        [call(Kind.ASK, 1, 2, made="r", token="t"), call(Kind.ASK, 3, 4, made="s", token="t")],
        replace(GOOD, requests={"r": ASKED, "s": replace(DENIED, id="s")}),
    ),
    "a request filed twice": ("I23", LAWFUL, replace(GOOD, requests={"r": replace(ASKED, filings=2)})),
    "a yes without grants": ("I23", [ANSWERED], replace(GOOD, grants={}, openings=(), told=())),
    "grants without a yes": ("I23", [], replace(GOOD, requests={"r": DENIED})),
    "a yes without an answer": ("I23", [], replace(GOOD, requests={"r": replace(ASKED, decision="")})),
    "a 503 with nothing down": ("5xx", [replace(LOOKED, outcome=Outcome.UNKNOWN, data=False, status=503)], GOOD),
    "no answer with nothing down": ("5xx", [replace(LOOKED, outcome=Outcome.UNKNOWN, data=False, status=0)], GOOD),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_history_is_caught(what):
    number, calls, facts = BAD[what]

    assert any(problem.startswith(number) for problem in problems(calls, facts)), problems(calls, facts)


def test_a_failure_long_after_the_outage_is_not_excused():
    late = replace(LOOKED, outcome=Outcome.UNKNOWN, data=False, status=503, start=50, end=51)

    assert problems([late], GOOD, [Outage("web", 10, 12)])


def test_a_history_can_be_kept(tmp_path):
    history.write(tmp_path / "calls", LAWFUL)

    assert history.read(tmp_path / "calls") == LAWFUL
