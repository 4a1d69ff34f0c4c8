"""Take one clause after the other out of the functions that decide who may see data, and turn it round.

Whatever an act of the portal wrote is written again under the altered rule, as it was and otherwise in one thing after
the other (`replaying.py`): one of these must come out differently. What `untried.txt` lists is tried only where
somebody asks whether the list can be shorter; then the figure is printed, too:

python -m pytest -n 0 -s --untried tests/architecture/mutation/test_every_clause_of_a_function_is_missed.py
"""

import importlib
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from psycopg import Connection

from consents.core import keys
from tests.architecture.acts import public_acts
from tests.architecture.mutation.equivalents import UNTOLD
from tests.architecture.mutation.mutants import (
    BY_HAND,
    DECIDING,
    FUNCTIONS,
    HOW,
    UNTRIED,
    name_mutant,
    names_of_functions,
)
from tests.architecture.mutation.remembering import BY_ACTS, Memory, digest_of_mutant, digest_without_passing
from tests.architecture.mutation.replaying import Attempt, Replay
from tests.architecture.mutation.rows import Catalogue, Event, Trigger
from tests.architecture.mutation.speaking import superuser_speaking
from tests.faults.acts import ACTS, lay_scene
from tests.world.ground import ground

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause

EVENTS = 5  # of each trigger
TRIES = 15  # of a mutant, at different events
type Mutant = tuple[str, "Clause", str]
type Stages = Iterator[tuple[str, list[Attempt]]]  # what is tried at one event, by names
type Told = dict[str, set[str]]  # mutants, by the attempt of an act that told them last
type Note = Callable[[str, str], None]  # which attempt told which mutant


class Mutants:
    """Those that nothing has told from the rule yet, by function; but for the `untried`."""

    def __init__(self, found: "list[Clause]", untried: Collection[str] = ()) -> None:
        self.left: dict[str, list[Mutant]] = {}
        for clause in found:
            tried = [how for how in HOW if name_mutant(how, clause) not in untried]
            mutants = [(how, clause, getattr(clause.altered, how)) for how in tried]
            self.left.setdefault(clause.rule.name, []).extend(mutants)
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
        return {name_mutant(how, clause) for ones in self.left.values() for how, clause, _text in ones}


def deciding_acts() -> dict[str, Callable[..., Any]]:
    """By their names."""
    acts = [act for act in public_acts() if act.__module__.split(".")[1] in DECIDING]
    return {f"{act.__module__.removeprefix('consents.')}.{act.__name__}": act for act in acts}


@pytest.mark.timeout(2400)
def test_every_clause_of_a_deciding_function_is_missed(real_world, later, tmp_path, pytestconfig):
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    memory, acts = Memory(BY_ACTS, keeps=pytestconfig.getoption("keep_telling")), deciding_acts()
    with superuser_speaking() as speaking:
        catalogue = Catalogue.read(speaking)
        rules = [clauses.function_rule(*one) for one in speaking.execute(FUNCTIONS, [names_of_functions(DECIDING)])]
        at_the_door = {rule.name.partition("(")[0].removeprefix("portal.") for rule in clauses.door(speaking)}
        found = clauses.clauses_of(rule for rule in rules if rule.name not in at_the_door)
        untried = set(UNTRIED.read_text().splitlines()) | set(UNTOLD)
        by_hand = set(BY_HAND.read_text().splitlines())
        mutants = Mutants(found, by_hand if (tries_all := pytestconfig.getoption("untried")) else untried | by_hand)
        telling = {name: act for name, act in acts.items() if name in memory.told}
        for name, replay in replays(telling, speaking, catalogue, later, tmp_path / "telling"):
            judge_as_remembered(replay, memory.told[name], mutants, partial(memory.note, name))
        for name, replay in replays(acts, speaking, catalogue, later, tmp_path / "all") if mutants.names() else ():
            judge_all(replay, mutants, partial(memory.note, name))
            if not mutants.names():
                break
    memory.save(acts)
    left = mutants.names()
    if tries_all:
        both, survivors = 2 * len(found), sum(map(len, mutants.left.values()))
        print(f"\n{len(found)} clauses, each taken out and turned round: {both - survivors} of {both} missed.")
    assert left <= untried, sorted(left - untried)


def replays(
    acts: dict[str, Callable[..., Any]], speaking: Connection, catalogue: Catalogue, later: Callable, folder: Path
) -> Iterator[tuple[str, Replay]]:
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
        yield name, replay
        for event in replay.events:
            if event.new:
                samples.setdefault(event.table, []).append(event.new)


def judge_as_remembered(replay: Replay, told: Told, mutants: Mutants, note: Note) -> None:
    """Strike out each mutant by the attempt that told it last; where that no longer does, by any of the same event."""
    names = {name.rpartition(" ")[0] for name in told}
    judged = [one for one in replay.judged() if not names.isdisjoint({one[0], at_first(one[0])})]
    asked = [one for one in replay.called() if one.name in names]
    with replay.stage([*(trigger for _name, _event, trigger in judged), *asked]):
        for name, event, trigger in judged:
            judge_again(replay, trigger, stages_of_event(replay, name, event, trigger), told, mutants, note)
        for called in asked:
            judge_again(replay, called, stages_of_calls(replay, called), told, mutants, note)


def judge_again(replay: Replay, trigger: Trigger, stages: Stages, told: Told, mutants: Mutants, note: Note) -> None:
    wanted = mutants.of(functions_behind(replay, trigger))
    for name, attempts in stages:
        known = {id(attempt): told.get(f"{name} {digest_without_passing(attempt.what)}", ()) for attempt in attempts}
        about = {}
        for one in mutants.among(wanted):
            mine = digest_of_mutant(name_mutant(*one[:2]))
            if some := [attempt for attempt in attempts if mine in known[id(attempt)]]:
                about[one] = some
        strike_out_told(replay, trigger, name, about, mutants, note)
        strike_out_told(replay, trigger, name, about_each(mutants.among(about), attempts), mutants, note)


def judge_all(replay: Replay, mutants: Mutants, note: Note) -> None:
    """Strike out every mutant under which an event, or one like it, comes out differently; and the same of what
    functions answer."""
    # What nobody would ask about needs no stage.
    asked_by = replay.catalogue.asked_by
    judged = [one for one in replay.judged() if mutants.wants(one[2], asked_by(one[2].function))]
    asked = [one for one in replay.called() if mutants.wants(one, {one.function})]
    if not judged and not asked:
        return
    with replay.stage([*(trigger for _name, _event, trigger in judged), *asked]):
        for name, event, trigger in judged:
            judge(replay, trigger, stages_of_event(replay, name, event, trigger), mutants, note)
        for called in asked:
            judge(replay, called, stages_of_calls(replay, called), mutants, note)


def judge(replay: Replay, trigger: Trigger, stages: Stages, mutants: Mutants, note: Note) -> None:
    wanted = mutants.of(functions_behind(replay, trigger))
    if not wanted or mutants.events[trigger.name] >= EVENTS:
        return
    mutants.events[trigger.name] += 1
    for name, attempts in stages:
        strike_out_told(replay, trigger, name, about_each(mutants.among(wanted), attempts), mutants, note)
    if trigger.table:
        mutants.tries.update(mutants.among(wanted))


def functions_behind(replay: Replay, trigger: Trigger) -> set[str]:
    """What a trigger asks may be altered; of what is called, only itself."""
    return replay.catalogue.asked_by(trigger.function) if trigger.table else {trigger.function}


def strike_out_told(
    replay: Replay, trigger: Trigger, name: str, about: dict[Mutant, list[Attempt]], mutants: Mutants, note: Note
) -> None:
    for one, attempt in tell_apart(replay, trigger, about):
        mutants.strike_out(one)
        note(f"{name} {digest_without_passing(attempt.what)}", name_mutant(*one[:2]))


def at_first(name: str) -> str:
    return f"{name} at first"


def stages_of_event(replay: Replay, name: str, event: Event, trigger: Trigger) -> Stages:
    """First as if the act's entries were of another transaction."""
    with replay.undone("event"):
        replay.listen(event, trigger)
        attempts = replay.attempts(event, trigger)
        yield at_first(name), attempts[:1]
        replay.touch()
        yield name, attempts


def stages_of_calls(replay: Replay, called: Trigger) -> Stages:
    with replay.undone("calls"):
        replay.touch()
        yield called.name, replay.calls(called)


def about_each(mutants: list[Mutant], attempts: list[Attempt]) -> dict[Mutant, list[Attempt]]:
    return {one: [attempt for attempt in attempts if attempt.is_about(one[1])] for one in mutants}


def tell_apart(
    replay: Replay, trigger: Trigger, about: dict[Mutant, list[Attempt]]
) -> Iterator[tuple[Mutant, Attempt]]:
    """Each mutant under which one of these attempts comes out differently, with the first of them."""
    tried = list({id(attempt): attempt for some in about.values() for attempt in some}.values())
    left = {one: {id(attempt) for attempt in attempts} for one, attempts in about.items()}
    for attempt in tried:
        asked = [one for one, attempts in left.items() if id(attempt) in attempts]
        if asked:
            definitions = [clause.rule.define(text) for _how, clause, text in asked]
            told = replay.tell_apart(trigger, attempt, definitions)
            for one in itertools.compress(asked, told):
                del left[one]
                yield one, attempt
