"""A soak in which something did not happen is not called well."""

import math
import random
from dataclasses import replace

import pytest

from tests.soak.evidence import (
    LEAST_SAMPLES,
    MEASURED,
    WARM_UP_CALLS,
    Sample,
    gather,
    grown,
    growth,
    is_enough,
    memory_in_words,
)
from tests.soak.histories import GIVEN, GOOD, LAWFUL, LOOKED, STOPPED, WITHDRAWN, call, look
from tests.soak.history import Kind, Outage, Outcome

KILLS = ("web process", "worker", "postmaster", "database process", "web")
CALLS = [*LAWFUL, GIVEN, WITHDRAWN, call(Kind.EXPORT, 1, 2, made="e")]
OUTAGES = [Outage(what, 100, 101) for what in KILLS]


def sampled(*sizes: float, calls: int = WARM_UP_CALLS) -> list[Sample]:
    """Twice a second, from so many calls on."""
    return [Sample(calls + number, number / 2, size) for number, size in enumerate(sizes)]


MEMORY = {(name, number): sampled(*[90.0] * LEAST_SAMPLES) for number, name in enumerate(MEASURED)}


def lacking(calls=CALLS, outages=OUTAGES, memory=MEMORY, kills=KILLS) -> list[str]:
    return gather(calls, GOOD, outages, memory).lacking(kills)


def test_evidence_counts_once_every_kind_was_seen_often_enough():
    assert lacking() == []


def test_a_soak_goes_on_until_it_has_seen_every_act_while_nothing_was_down():
    assert is_enough(CALLS, OUTAGES)
    assert not any(is_enough([one for one in CALLS if one.kind != kind], OUTAGES) for kind in Kind)
    assert not is_enough(CALLS, [Outage("worker", 0, 100)])


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
    assert not is_enough(calls, OUTAGES)


@pytest.mark.parametrize("what", KILLS)
def test_a_kind_of_kill_that_did_not_happen_is_missed(what):
    assert lacking(outages=[one for one in OUTAGES if one.what != what]) == [f"too little: the {what} was never killed"]


@pytest.mark.parametrize("name", MEASURED)
def test_memory_that_was_hardly_sampled_is_not_called_flat(name):
    few = {key: own[1:] if key[0] == name else own for key, own in MEMORY.items()}
    none = {key: own for key, own in MEMORY.items() if key[0] != name}

    assert len(lacking(memory=few)) == len(lacking(memory=none)) == 1


def test_short_lives_are_no_long_one():
    """A process that was started again is another one."""
    lives = {(name, number): sampled(*[90.0] * (LEAST_SAMPLES - 1)) for number in range(9) for name in MEASURED}

    assert len(lacking(memory=lives)) == len(MEASURED)


@pytest.mark.parametrize("name", MEASURED)
def test_a_tenth_of_a_mebibyte_a_second_is_noticed_in_any_process(name):
    """In the four calm minutes of a long soak, among what comes and goes."""
    dice = random.Random(1)
    growing = sampled(*(90 + 0.05 * number + dice.uniform(-10, 10) for number in range(440)))

    [found] = grown(MEMORY | {(name, 77): growing})

    assert found.startswith(f"memory: the {name} grew by 2") and found.endswith("MiB in 220 s")


def test_what_comes_and_goes_is_no_growth():
    dice = random.Random(1)
    busy = [90 + 40 * (dice.random() < 0.2) + dice.uniform(-3, 3) for _ in range(440)]
    peak = [*[90.0] * 430, *[190.0] * 10]

    assert grown({("web", 1): sampled(*busy), ("web process", 2): sampled(*peak)}) == []


def test_a_session_of_the_database_may_grow_less():
    growing = sampled(*(17 + number / 50 for number in range(200)))

    assert grown({("web", 1): growing}) == []
    assert grown({("database session", 1): growing}) == ["memory: the database session grew by 4 MiB in 100 s"]


def test_loading_is_no_growth():
    """As a web process was measured to load: fast at first, and hardly at all after some thousand calls."""
    loading = sampled(*(115 - 35 * math.exp(-number / 1000) for number in range(8000)), calls=0)

    assert grown({("web process", 1): loading}) == []
    assert growth(loading[:1000]) > 20


def test_a_short_soak_does_not_judge_memory():
    cold = {key: [replace(one, calls=1) for one in own] for key, own in MEMORY.items()}

    assert gather(CALLS, GOOD, OUTAGES, cold).lacking(KILLS, is_long=False) == []
    assert len(lacking(memory=cold)) == len(MEASURED)
    assert all("not judged" in line for line in memory_in_words(cold))


def test_what_was_seen_is_said():
    said = "\n".join(gather(CALLS, GOOD, OUTAGES, MEMORY).in_words())

    assert "answer 1, open 1, stop 1" in said and "worker 1" in said
    assert f"web process {LEAST_SAMPLES}" in said
    assert (
        "memory of the worker: first 90.0, last 90.0 MiB in 20 s; when warm +0.00 MiB a minute for 20 s"
        in memory_in_words(MEMORY)
    )
