"""The checker lets lawful histories pass and catches made-up bad ones."""

from dataclasses import replace

import pytest

from tests.soak import history
from tests.soak.checker import Asked, Facts, problems
from tests.soak.histories import (
    ANSWERED,
    ASKED,
    GIVEN,
    GOOD,
    GRANT,
    LAWFUL,
    LOOKED,
    OPENED,
    STOPPED,
    WITHDRAWN,
    call,
    look,
)
from tests.soak.history import TURNED_AWAY, Kind, Outage, Outcome

DENIED = replace(ASKED, state="denied", decision="none", ends=("denied",))


def requests(**changes) -> dict[str, Asked]:
    return {"r": replace(ASKED, **changes)}


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


SUPPORT, NO_SUPPORT = replace(WITHDRAWN, object="support"), {("ada", "support"): False}


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


def test_an_unknown_stop_may_count_until_it_is_told():
    unknown = replace(STOPPED, outcome=Outcome.UNKNOWN, status=0, end=29)
    opened = (*OPENED, ("g", 28.5))
    seen = [ANSWERED, LOOKED, unknown, look(28, 29)]

    assert problems(seen, replace(GOOD, openings=opened, told=opened), [Outage("web", 24, 29)]) == []


def test_what_is_saved_while_the_answer_is_on_its_way_may_still_be_seen():
    opened = (*OPENED, ("g", 26.2))

    assert problems([ANSWERED, LOOKED, look(26, 27)], replace(GOOD, openings=opened, told=opened)) == []


def test_what_a_withdrawal_came_too_early_for_may_go_on():
    late = {"state": "pending", "decision": "", "ends": (), "filed": 5}

    assert problems([SUPPORT], Facts(requests(**late), choices=NO_SUPPORT)) == []


GIVE, STOP = (Kind.GIVE, "ada", "offers"), (Kind.STOP, "ada", "r")
AGAIN = replace(GIVEN, start=5, end=6)


def test_a_form_of_unknown_outcome_counts_at_one_of_its_sendings():
    unknown = [replace(GIVEN, token="t", outcome=Outcome.UNKNOWN, status=0), replace(AGAIN, token="t")]

    for moments in ([1.5], [5.5], []):
        given = Facts(choices={("ada", "offers"): True}, acts={GIVE: moments})
        assert problems(unknown, given, [Outage("web", 1, 2)]) == []


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
    "data with a refusal": ("I6", [ANSWERED, replace(LOOKED, outcome=Outcome.REFUSED, status=403)], GOOD),
    "data with a failure": ("I6", [ANSWERED, replace(LOOKED, outcome=Outcome.UNKNOWN, status=503)], GOOD),
    "data after an end that nobody was told of": (
        "I7",
        [ANSWERED, LOOKED, look(30, 31)],
        replace(GOOD, openings=TWICE, told=TWICE),
    ),
    "data long after a stop of unknown outcome that counted": (
        "I7",
        [ANSWERED, LOOKED, replace(STOPPED, outcome=Outcome.UNKNOWN, status=0), look(30, 31)],
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
    "data on a page that is no look": ("I17", [replace(ANSWERED, data=True)], GOOD),
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
    "an acknowledged withdrawal under which a grant runs on": (
        "I22",
        [ANSWERED, replace(SUPPORT, start=24, end=26)],
        replace(GOOD, grants={"g": replace(GRANT, ended=False)}, openings=(), told=(), choices=NO_SUPPORT),
    ),
    "an acknowledged withdrawal under which a request waits on": (
        "I22",
        [SUPPORT],
        Facts(requests(state="pending", decision="", ends=(), filed=2), choices=NO_SUPPORT),
    ),
    "an acknowledged yes of which there is no choice": ("I22", [GIVEN], Facts()),
    "an acknowledged no of which there is no choice": ("I22", [WITHDRAWN], Facts()),
    "an acknowledged export that is gone": ("I22", [call(Kind.EXPORT, 1, 2, object="lost")], GOOD),
    "one token, two things": (
        "I23",
        [call(Kind.ASK, 1, 2, made="r", token="t"), call(Kind.ASK, 3, 4, made="s", token="t")],
        replace(GOOD, requests={"r": ASKED, "s": replace(DENIED, id="s")}),
    ),
    "a yes on record twice": (
        "I23",
        [replace(GIVEN, token="t", outcome=Outcome.UNKNOWN), WITHDRAWN, replace(AGAIN, token="t")],
        Facts(choices={("ada", "offers"): True}, acts={GIVE: [1.5, 5.5]}),
    ),
    "a no on record twice": (
        "I23",
        [replace(WITHDRAWN, token="t")],
        Facts(choices={("ada", "offers"): False}, acts={(Kind.WITHDRAW, "ada", "offers"): [3.2, 3.4]}),
    ),
    "a stop on record twice": ("I23", [*LAWFUL, replace(STOPPED, token="t")], replace(GOOD, acts={STOP: [24.5, 25]})),
    "an ask on record twice": (
        "I23",
        [call(Kind.ASK, 1, 2, made="r", object="", token="t")],
        replace(GOOD, acts={(Kind.ASK, "ada", ""): [1.2, 1.4]}),
    ),
    "an export on record twice": (
        "I23",
        [call(Kind.EXPORT, 1, 2, customer="", object="e", token="t")],
        replace(GOOD, exports=frozenset("e"), acts={(Kind.EXPORT, "", "e"): [1.2, 1.4]}),
    ),
    "an act that was refused is on record": (
        "I23",
        [replace(GIVEN, token="t", outcome=Outcome.REFUSED, status=409)],
        Facts(acts={GIVE: [1.5]}),
    ),
    "an act on record that nobody was doing then": (
        "I23",
        [replace(GIVEN, token="t")],
        Facts(choices={("ada", "offers"): True}, acts={GIVE: [50]}),
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


UNKNOWN = replace(LOOKED, outcome=Outcome.UNKNOWN, data=False, status=503)
NO_ANSWER = replace(UNKNOWN, status=0)


@pytest.mark.parametrize("failed", [UNKNOWN, NO_ANSWER], ids=["not now", "no answer"])
@pytest.mark.parametrize("what", ["web", "web process", "worker", "postmaster", "database process"])
def test_not_now_is_excused_while_something_is_down(failed, what):
    assert problems([failed], GOOD, [Outage(what, 11, 14)]) == []


def test_who_found_no_place_is_excused_and_did_nothing():
    away = replace(UNKNOWN, status=TURNED_AWAY)
    assert problems([away], GOOD) == []


@pytest.mark.parametrize("what", ["web", "worker", "postmaster"])
def test_no_outage_excuses_a_plain_500(what):
    assert problems([replace(UNKNOWN, status=500)], GOOD, [Outage(what, 11, 14)])[0].startswith("5xx")


def test_a_failure_long_after_the_outage_is_not_excused():
    late = replace(LOOKED, outcome=Outcome.UNKNOWN, data=False, status=503, start=50, end=51)

    assert problems([late], GOOD, [Outage("web", 10, 12)])


def test_a_history_can_be_kept(tmp_path):
    history.write(tmp_path / "calls", LAWFUL)

    assert history.read(tmp_path / "calls") == LAWFUL
