"""A soak in which something did not happen is not called well."""

from dataclasses import replace

import pytest

from tests.soak.evidence import LEAST_SAMPLES, MEASURED, gather, grown
from tests.soak.history import Kind, Outage, Outcome
from tests.soak.test_checker import GIVEN, GOOD, LAWFUL, LOOKED, STOPPED, WITHDRAWN, call, look

KILLS = ("web process", "worker", "postmaster", "web")
CALLS = [*LAWFUL, GIVEN, WITHDRAWN, call(Kind.EXPORT, 1, 2, made="e")]
OUTAGES = [Outage(what, 100, 101) for what in KILLS]
MEMORY = {(name, number): [90.0] * LEAST_SAMPLES for number, name in enumerate(MEASURED)}


def lacking(calls=CALLS, outages=OUTAGES, memory=MEMORY, kills=KILLS) -> list[str]:
    return gather(calls, GOOD, outages, memory).lacking(kills)


def test_enough_is_enough():
    assert lacking() == []


def test_without_kills_none_is_missed():
    assert lacking(outages=[], kills=()) == []


@pytest.mark.parametrize("kind", Kind)
def test_an_act_that_nobody_did_is_missed(kind):
    assert f"too little: no {kind} was acknowledged while nothing was down" in lacking(
        [one for one in CALLS if one.kind != kind]
    )


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
def test_an_act_that_was_never_acknowledged_is_missed(kind, outcome):
    calls = [replace(one, outcome=outcome) if one.kind == kind else one for one in CALLS]

    assert f"too little: no {kind} was acknowledged while nothing was down" in lacking(calls)


def test_what_was_acknowledged_only_while_something_was_down_does_not_count():
    always = [Outage(what, 0, 200) for what in KILLS]

    assert len(lacking(outages=always)) == len(Kind)


def test_looks_without_data_are_missed():
    assert "too little: no look showed data" in lacking([replace(one, data=False) for one in CALLS])


AFTER = LAWFUL[-1]


@pytest.mark.parametrize(
    "calls",
    [
        [one for one in CALLS if one is not AFTER],
        [one for one in CALLS if one is not STOPPED],
        [one for one in CALLS if one is not LOOKED],
        [replace(one, start=25) if one is AFTER else one for one in CALLS],
        [look(27, 28, data=True) if one is AFTER else one for one in CALLS],
    ],
    ids=["no look", "no no", "it never showed data", "before the no was acknowledged", "it was not refused"],
)
def test_a_no_that_nobody_looked_after_is_missed(calls):
    assert "too little: nobody looked again after a no" in lacking(calls)


@pytest.mark.parametrize("what", KILLS)
def test_a_kind_of_kill_that_did_not_happen_is_missed(what):
    assert lacking(outages=[one for one in OUTAGES if one.what != what]) == [f"too little: the {what} was never killed"]


@pytest.mark.parametrize("name", MEASURED)
def test_memory_that_was_hardly_sampled_is_not_called_flat(name):
    few = {key: sizes[1:] if key[0] == name else sizes for key, sizes in MEMORY.items()}
    none = {key: sizes for key, sizes in MEMORY.items() if key[0] != name}

    assert len(lacking(memory=few)) == len(lacking(memory=none)) == 1


def test_short_lives_are_no_long_one():
    """A process that was started again is another one."""
    lives = {(name, number): [90.0] * (LEAST_SAMPLES - 1) for number in range(9) for name in MEASURED}

    assert len(lacking(memory=lives)) == len(MEASURED)


def test_growing_is_noticed_in_any_process():
    growing = {("web process", 7): [90.0 + 2 * n for n in range(40)]}

    assert grown(MEMORY) == [] and grown(MEMORY | growing) == ["memory: the web process grew from 119 to 159 MiB"]


def test_what_was_seen_is_said():
    said = "\n".join(gather(CALLS, GOOD, OUTAGES, MEMORY).in_words())

    assert "answer 1, open 1, stop 1" in said and "worker 1" in said
    assert f"web process {LEAST_SAMPLES}" in said
    assert "looks with data: 1; refused after a no: 1" in said
