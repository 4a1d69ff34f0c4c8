"""Take one clause after the other out of a function, or turn it round: a case written for it comes out differently.

Where no act of the portal ever comes (`test_every_clause_of_a_function_is_missed.py`), rows are laid by hand, with two
customers on the scene. The figure is printed:

python -m pytest -n 0 -s tests/architecture/mutation/test_every_clause_in_its_case.py
"""

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, compress, groupby
from typing import TYPE_CHECKING

import pytest

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
from tests.architecture.mutation.mutants import BY_HAND, FUNCTIONS, HOW, name_mutant
from tests.architecture.mutation.remembering import BY_CASES, Memory, digest, digest_of_mutant
from tests.architecture.mutation.replaying import Attempt, told_apart
from tests.architecture.mutation.rows import Catalogue
from tests.architecture.mutation.speaking import superuser_speaking
from tests.architecture.mutation.varying import Case, Stage, plain, words_of

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause

# All cases of a function stand in one story.
STORIES = {
    "ground": (people, vault, ledger),
    "access": (choices, access, agreement, assents, bypasses, exemptions, statistics),
    "rights": (rights_requests, rights_told, rights_answers, rights_steps, notes),
    "rooms": (copies, insights, catalogue, written_before, breaches),
}
AT_ONCE = 30  # variations of a case
BROKEN = ("22", "42")  # SQLSTATEs of an attempt that does not even come to the rule
type Mutant = tuple[str, "Clause", str]
type Told = tuple[Attempt, str]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("story", STORIES)
def test_every_clause_of_these_makes_a_difference_to_its_case(db, story, pytestconfig):
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    cases = sorted((case for file in STORIES[story] for case in file.cases()), key=lambda case: case.function)
    wanted = set(BY_HAND.read_text().splitlines())
    memory = Memory(BY_CASES, keeps=pytestconfig.getoption("keep_telling"))
    with superuser_speaking() as speaking:
        names = sorted({case.function for case in cases})
        rules = [clauses.function_rule(*one) for one in speaking.execute(FUNCTIONS, [names]).fetchall()]
        rules += [rule for name in names for rule in clauses.policy(speaking, name)]
        mutants = {rule.name: [*mutants_of(clauses.clauses_of([rule]), wanted)] for rule in rules}
        count = sum(map(len, mutants.values()))
        stage = Stage(speaking, Catalogue.read(speaking))
        with stage.open():
            for name, some in groupby(cases, key=lambda case: case.function):
                judge(stage, list(some), mutants[name], memory)
    memory.save(names)
    left = {name_mutant(how, clause) for ones in mutants.values() for how, clause, _text in ones}
    print(f"\n{count} clauses taken out or turned round in cases written for them: {count - len(left)} missed.")
    assert left == set(), sorted(left)


def mutants_of(found: "list[Clause]", wanted: set[str]) -> Iterator[Mutant]:
    for clause in found:
        for how in HOW:
            if name_mutant(how, clause) in wanted:
                yield how, clause, getattr(clause.altered, how)


def judge(stage: Stage, cases: list[Case], mutants: list[Mutant], memory: Memory) -> None:
    """Strike out every mutant under which a case comes out differently: first as it is remembered, then by the cases as
    they are, then by these varied."""
    judge_as_remembered(stage, cases, mutants, memory)
    for some in of_one_act(map(plain, cases)):
        if mutants:
            judge_likeliest_first(stage, some, mutants, memory)
    for case in (case for case in cases if not case.is_plain):
        words = {word for one in mutants for word in words_of(one[1].altered.clause)}
        for attempts in batched(stage.attempts(case, words), AT_ONCE) if mutants else ():
            with stage.judging(case):
                steady = find_steady(stage, case, list(attempts))
                for mutant in list(mutants):
                    if attempt := find_told(stage, case, mutant, steady):
                        place = f"{place_of(stage.attempt(case))} {place_of(attempt)}"
                        memory.note(case.function, place, name_mutant(*mutant[:2]))
                        mutants.remove(mutant)
            if not mutants:
                return


def of_one_act(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Those in which the same triggers judge."""

    def act(case: Case) -> tuple[str, str]:
        return case.table, case.kind

    for _act, some in groupby(sorted(cases, key=act), key=act):
        yield list(some)


def judge_as_remembered(stage: Stage, cases: list[Case], mutants: list[Mutant], memory: Memory) -> None:
    """Each mutant by the one attempt that told it last."""
    told = memory.told[cases[0].function]
    for some in of_one_act(cases) if told else ():
        attempts = {place: one for case in some for place, one in remembered_attempts(stage, case, mutants, told)}
        if not attempts:
            continue
        with stage.judging(some[0]):
            for place, attempt in attempts.items():
                likely = [one for one in mutants if digest_of_mutant(name_mutant(*one[:2])) in told[place]]
                for mutant in find_told_mutants(stage, some[0], likely, attempt) if likely else ():
                    memory.note(some[0].function, place, name_mutant(*mutant[:2]))
                    mutants.remove(mutant)


def find_told_mutants(stage: Stage, case: Case, mutants: list[Mutant], attempt: Attempt) -> list[Mutant]:
    """Return those under which the attempt comes out differently: asked all at once, where that can be."""
    definitions = [clause.rule.define(text) for _how, clause, text in mutants]
    if said := stage.try_under(case, attempt, definitions):
        assert_whole(case, attempt, said[0])
        return list(compress(mutants, told_apart(said)))
    steady = find_steady(stage, case, [attempt])
    return [one for one in mutants if find_told(stage, case, one, steady)]


def remembered_attempts(
    stage: Stage, case: Case, mutants: list[Mutant], told: dict[str, set[str]]
) -> Iterator[tuple[str, Attempt]]:
    """The case as it is, or varied, with the place of each."""
    as_it_is = stage.attempt(case)
    if (place := place_of(as_it_is)) in told:
        yield place, as_it_is
    if any(one.startswith(f"{place} ") for one in told):
        words = {word for one in mutants for word in words_of(one[1].altered.clause)}
        for attempt in stage.attempts(case, words):
            if (varied := f"{place} {place_of(attempt)}") in told:
                yield varied, attempt


def place_of(attempt: Attempt) -> str:
    return digest(attempt.what)


def judge_likeliest_first(stage: Stage, cases: list[Case], mutants: list[Mutant], memory: Memory) -> None:
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
                memory.note(first.function, place_of(attempt), name_mutant(*mutant[:2]))
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
