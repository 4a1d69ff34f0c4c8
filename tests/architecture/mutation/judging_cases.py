"""Judge the clauses of functions by cases: rows laid by hand, with two customers on the scene.

A clause is missed where a case, as it is or varied in one thing, comes out differently without it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, groupby

from tests.architecture.mutation.cases import (
    access,
    agreement,
    assents,
    breaches,
    bypasses,
    catalogue,
    choices,
    copies,
    exemptions,
    insights,
    ledger,
    notes,
    people,
    rights_answers,
    rights_requests,
    rights_steps,
    rights_told,
    statistics,
    vault,
    written_before,
)
from tests.architecture.mutation.mutants import Mutant
from tests.architecture.mutation.replaying import Attempt
from tests.architecture.mutation.varying import Case, Stage, plain, words_of

FILES = (
    access,
    agreement,
    assents,
    breaches,
    bypasses,
    catalogue,
    choices,
    copies,
    exemptions,
    insights,
    ledger,
    notes,
    people,
    rights_answers,
    rights_requests,
    rights_steps,
    rights_told,
    statistics,
    vault,
    written_before,
)
AT_ONCE = 30  # variations of a case
BROKEN = ("22", "42")  # SQLSTATEs of an attempt that does not even come to the rule
type Told = tuple[Attempt, str]


def judge_cases(stage: Stage, cases: list[Case], mutants: list[Mutant]) -> None:
    """Strike out every mutant under which a case comes out differently, as it is or varied."""
    for some in of_one_act(map(plain, cases)):
        if mutants:
            judge_likeliest_first(stage, some, mutants)
    for case in (case for case in cases if not case.is_plain):
        words = {word for one in mutants for word in words_of(one[1].altered.clause)}
        for attempts in batched(stage.attempts(case, words), AT_ONCE) if mutants else ():
            with stage.judging(case):
                steady = find_steady(stage, case, list(attempts))
                for mutant in list(mutants):
                    if find_told(stage, case, mutant, steady):
                        mutants.remove(mutant)
            if not mutants:
                return


def of_one_act(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Group the cases in which the same triggers judge."""

    def act(case: Case) -> tuple[str, str]:
        return case.table, case.kind

    for _act, some in groupby(sorted(cases, key=act), key=act):
        yield list(some)


def list_cases() -> dict[str, list[Case]]:
    """Return the cases of each function, by its name."""
    cases = sorted((case for file in FILES for case in file.cases()), key=lambda case: case.function)
    return {name: list(some) for name, some in groupby(cases, key=lambda case: case.function)}


def judge_likeliest_first(stage: Stage, cases: list[Case], mutants: list[Mutant]) -> None:
    """Of hundreds of cases, a clause is mostly missed by one that names what it names, or that has missed others."""
    with stage.judging(first := cases[0]):
        batches = batched(map(stage.attempt, cases), AT_ONCE)
        steady = [one for some in batches for one in find_steady(stage, first, list(some))]
        texts = {id(attempt): " ".join((*attempt.prepare, attempt.act)) for attempt, _said in steady}
        telling: Counter[int] = Counter()
        for mutant in list(mutants):
            names = set(re.findall(r"'([^']+)'", mutant[1].altered.clause))
            rank = {key: (sum(name in text for name in names), telling[key]) for key, text in texts.items()}
            likely = sorted(steady, key=lambda one: rank[id(one[0])], reverse=True)
            told = (find_told(stage, first, mutant, some) for some in batched(likely, AT_ONCE))
            if attempt := next(filter(None, told), None):
                telling[id(attempt)] += 1
                mutants.remove(mutant)


def find_steady(stage: Stage, case: Case, attempts: list[Attempt]) -> list[Told]:
    """What comes of each attempt; what differs from one time to the next tells nothing."""
    first, second = (stage.try_all(case, attempts) for _ in range(2))
    for one, said in zip(attempts, first, strict=True):
        assert_whole(case, one, said)
    return [(one, said) for one, said, again in zip(attempts, first, second, strict=True) if said == again]


def assert_whole(case: Case, attempt: Attempt, said: str) -> None:
    assert attempt.touches or not said.startswith(BROKEN), (case, said)


def find_told(stage: Stage, case: Case, mutant: Mutant, steady: Sequence[Told]) -> Attempt | None:
    """Return the first attempt that comes out differently under the mutant."""
    _how, clause, text = mutant
    words = words_of(clause.altered.clause)
    about = [(one, said) for one, said in steady if not one.touches or one.touches & words]
    place = stage.find_difference(
        case, clause.rule.define(text), [one for one, _ in about], [said for _, said in about]
    )
    return about[place - 1][0] if place else None
