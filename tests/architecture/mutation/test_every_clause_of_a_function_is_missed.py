"""Take one clause after the other out of the functions of the database, or turn it round: somebody must notice.

A case of a few rows is laid for it (`cases/`), or an act of the portal is done, and what it wrote is written again
under the altered rule, as it was and otherwise in one thing after the other (`replaying.py`): one of these must come
out differently. A run tries one clause in `--clauses` (6), chosen by `--seed`; before a release, and every night, all:

python -m pytest -n 0 -s --clauses 1 tests/architecture/mutation/test_every_clause_of_a_function_is_missed.py
"""

import hashlib
import importlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg import Connection

from consents.core import keys
from tests.architecture.acts import public_acts
from tests.architecture.mutation.equivalents import UNTOLD
from tests.architecture.mutation.judging_cases import judge_cases, list_cases
from tests.architecture.mutation.mutants import FUNCTIONS, Mutant, build_mutants, list_function_names, name_mutant
from tests.architecture.mutation.replaying import Attempt, Replay
from tests.architecture.mutation.rows import Catalogue, Event, Trigger
from tests.architecture.mutation.speaking import superuser_speaking
from tests.architecture.mutation.varying import Stage
from tests.faults.acts import ACTS, lay_scene
from tests.world.ground import ground

EVENTS = 20  # of each trigger
TRIES = 40  # of a mutant, at different events


class Mutants:
    """Hold the mutants that nothing has told from the rule yet, by function."""

    def __init__(self, left: dict[str, list[Mutant]]) -> None:
        self.left = left
        self.tries: Counter[Mutant] = Counter()
        self.events: Counter[str] = Counter()

    def of(self, functions: set[str]) -> list[Mutant]:
        return [one for name in functions for one in self.left.get(name, ()) if self.tries[one] < TRIES]

    def wants(self, trigger: Trigger, functions: set[str]) -> bool:
        return self.events[trigger.name] < EVENTS and bool(self.of(functions))

    def strike_out(self, one: Mutant) -> None:
        self.left[one[1].rule.name].remove(one)

    def among(self, wanted: Iterable[Mutant]) -> list[Mutant]:
        """Those of them that are left."""
        return [one for one in wanted if one in self.left[one[1].rule.name]]

    def names(self) -> set[str]:
        return {name_mutant(one) for ones in self.left.values() for one in ones}


def list_acts() -> dict[str, Callable[..., Any]]:
    return {f"{act.__module__.removeprefix('consents.')}.{act.__name__}": act for act in public_acts()}


@pytest.mark.timeout(7200)
def test_every_clause_of_a_function_is_missed(real_world, later, tmp_path, pytestconfig):
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    share, seed = pytestconfig.getoption("clauses"), pytestconfig.getoption("seed")
    with superuser_speaking() as speaking:
        catalogue, cases = Catalogue.read(speaking), list_cases()
        names = sorted({*list_function_names(), *cases})
        rules = [clauses.function_rule(*one) for one in speaking.execute(FUNCTIONS, [names]).fetchall()]
        at_the_door = {rule.name.partition("(")[0].removeprefix("portal.") for rule in clauses.door(speaking)}
        rules = [rule for rule in rules if rule.name not in at_the_door]
        rules += [rule for name in cases for rule in clauses.policy(speaking, name)]
        alike = {" ".join(one.split()) for one in UNTOLD}
        mutants = [one for one in build_mutants(clauses.clauses_of(rules)) if name_mutant(one) not in alike]
        tried = [one for one in mutants if is_chosen(name_mutant(one), share, seed)]
        left: dict[str, list[Mutant]] = {}
        for one in tried:
            left.setdefault(one[1].rule.name, []).append(one)

        stage = Stage(speaking, catalogue)
        with stage.open():
            for name in cases.keys() & left.keys():
                judge_cases(stage, cases[name], left[name])
        untold = Mutants(left)

        for replay in replays(list_acts(), speaking, catalogue, later, tmp_path):
            judge_all(replay, untold)
            if not untold.names():
                break
    survivors = untold.names()
    print(f"\n{len(tried)} clauses of functions taken out or turned round: {len(tried) - len(survivors)} missed.")
    assert not survivors, sorted(survivors)


def is_chosen(name: str, share: int, seed: int) -> bool:
    """Return whether a run that tries one clause in `share` tries this one."""
    return (int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) + seed) % share == 0


def replays(
    acts: dict[str, Callable[..., Any]], speaking: Connection, catalogue: Catalogue, later: Callable, folder: Path
) -> Iterator[Replay]:
    """Each act, done once in a world of its own."""
    samples: dict[str, list[dict[str, Any]]] = {}
    for name, act in acts.items():
        later(timedelta(0))
        ground.stands = None
        lay_scene(act)
        keys.make_keys(own := folder / name)
        call = ACTS[act](ground.cast(), later=later, folder=own)
        replay = Replay(speaking, catalogue, samples)
        call()
        connection.close()
        replay.see_what_changed()
        yield replay
        for event in replay.events:
            if event.new:
                samples.setdefault(event.table, []).append(event.new)


def judge_all(replay: Replay, mutants: Mutants) -> None:
    """Strike out every mutant under which an event, or one like it, comes out differently; and the same of what
    functions answer."""
    # What nobody would ask about needs no stage.
    asked_by = replay.catalogue.asked_by
    judged = [one for one in replay.judged() if mutants.wants(one[2], asked_by(one[2].function))]
    asked = [one for one in replay.called() if mutants.wants(one, {one.function})]
    if not judged and not asked:
        return
    with replay.stage([*(trigger for _name, _event, trigger in judged), *asked]):
        for _name, event, trigger in judged:
            judge(replay, trigger, attempts_at_event(replay, event, trigger), mutants)
        for called in asked:
            judge(replay, called, attempts_at_calls(replay, called), mutants)


def judge(replay: Replay, trigger: Trigger, stages: Iterator[list[Attempt]], mutants: Mutants) -> None:
    wanted = mutants.of(functions_behind(replay, trigger))
    if not wanted or mutants.events[trigger.name] >= EVENTS:
        return
    mutants.events[trigger.name] += 1
    for attempts in stages:
        strike_out_told(replay, trigger, about_each(mutants.among(wanted), attempts), mutants)
    if trigger.table:
        mutants.tries.update(mutants.among(wanted))


def functions_behind(replay: Replay, trigger: Trigger) -> set[str]:
    """What a trigger asks may be altered; of what is called, only itself."""
    return replay.catalogue.asked_by(trigger.function) if trigger.table else {trigger.function}


def strike_out_told(replay: Replay, trigger: Trigger, about: dict[Mutant, list[Attempt]], mutants: Mutants) -> None:
    for one in tell_apart(replay, trigger, about):
        mutants.strike_out(one)


def attempts_at_event(replay: Replay, event: Event, trigger: Trigger) -> Iterator[list[Attempt]]:
    """Yield what is tried: first as if the act's entries were of another transaction."""
    with replay.undone("event"):
        replay.listen(event, trigger)
        attempts = replay.attempts(event, trigger)
        yield attempts[:1]
        replay.touch()
        yield attempts


def attempts_at_calls(replay: Replay, called: Trigger) -> Iterator[list[Attempt]]:
    with replay.undone("calls"):
        replay.touch()
        yield replay.calls(called)


def about_each(mutants: list[Mutant], attempts: list[Attempt]) -> dict[Mutant, list[Attempt]]:
    return {one: [attempt for attempt in attempts if attempt.is_about(one[1])] for one in mutants}


def tell_apart(replay: Replay, trigger: Trigger, about: dict[Mutant, list[Attempt]]) -> Iterator[Mutant]:
    """Yield each mutant under which one of these attempts comes out differently."""
    tried = list({id(attempt): attempt for some in about.values() for attempt in some}.values())
    left = {one: {id(attempt) for attempt in attempts} for one, attempts in about.items()}
    for attempt in tried:
        asked = [one for one, attempts in left.items() if id(attempt) in attempts]
        if asked:
            definitions = [clause.rule.define(text) for _how, clause, text in asked]
            told = replay.tell_apart(trigger, attempt, definitions)
            for one in itertools.compress(asked, told):
                del left[one]
                yield one
