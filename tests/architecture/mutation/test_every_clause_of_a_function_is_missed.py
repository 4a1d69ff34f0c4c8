"""Take one clause after the other out of the functions that decide who may see data, and turn it round.

Whatever an act of the portal wrote is written again under the altered rule, as it was and otherwise in one thing after
the other (`replaying.py`): one of these must come out differently. What `untried.txt` lists is tried only where
somebody asks whether the list can be shorter; then the figure is printed, too:

python -m pytest -n 0 -s --untried tests/architecture/mutation/test_every_clause_of_a_function_is_missed.py
"""

import importlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from psycopg import Connection, connect

from consents.core import keys
from consents.ops.embedded import ensure_running
from tests.architecture.acts import public_acts
from tests.architecture.mutation.equivalents import UNTOLD
from tests.architecture.mutation.mutants import (
    BY_HAND,
    DECIDING,
    FUNCTIONS,
    UNTRIED,
    name_mutant,
    names_of_functions,
)
from tests.architecture.mutation.replaying import Attempt, Catalogue, Event, Replay, Trigger
from tests.faults.acts import ACTS
from tests.world.ground import ground

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause

EVENTS = 5  # of each trigger
TRIES = 15  # of a mutant, at different events


type Mutant = tuple[str, "Clause", str]


class Mutants:
    """Those that nothing has told from the rule yet, by function; but for the `untried`."""

    def __init__(self, found: "list[Clause]", untried: Collection[str] = ()) -> None:
        self.left: dict[str, list[Mutant]] = {}
        for clause in found:
            both = (("without", clause.altered.without), ("turned", clause.altered.turned))
            mutants = [(how, clause, text) for how, text in both if name_mutant(how, clause) not in untried]
            self.left.setdefault(clause.rule.name, []).extend(mutants)
        self.tries: Counter[Mutant] = Counter()
        self.events: Counter[str] = Counter()

    def of(self, functions: set[str]) -> list[Mutant]:
        return [one for name in functions for one in self.left.get(name, ()) if self.tries[one] < TRIES]

    def wants(self, trigger: Trigger, functions: set[str]) -> bool:
        return self.events[trigger.name] < EVENTS and bool(self.of(functions))

    def names(self) -> set[str]:
        return {name_mutant(how, clause) for ones in self.left.values() for how, clause, _text in ones}


def deciding_acts() -> list[Callable[..., Any]]:
    return [act for act in public_acts() if act.__module__.split(".")[1] in DECIDING]


@pytest.mark.timeout(2400)
def test_every_clause_of_a_deciding_function_is_missed(real_world, later, tmp_path, pytestconfig):
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    address = ensure_running(settings.PORTAL_VAR).dsn("postgres", connection.settings_dict["NAME"])
    with closing(connect(address, autocommit=True)) as speaking:
        catalogue = Catalogue.read(speaking)
        rules = [clauses.function_rule(*one) for one in speaking.execute(FUNCTIONS, [names_of_functions(DECIDING)])]
        at_the_door = {rule.name.partition("(")[0].removeprefix("portal.") for rule in clauses.door(speaking)}
        found = clauses.clauses_of(rule for rule in rules if rule.name not in at_the_door)
        untried = set(UNTRIED.read_text().splitlines()) | set(UNTOLD)
        by_hand = set(BY_HAND.read_text().splitlines())
        mutants = Mutants(found, by_hand if (tries_all := pytestconfig.getoption("untried")) else untried | by_hand)
        for replay in replays(speaking, catalogue, later, tmp_path):
            # What nobody would ask about needs no stage.
            judged = [one for one in replay.judged() if mutants.wants(one[1], catalogue.asked_by(one[1].function))]
            asked = [one for one in replay.called() if mutants.wants(one, {one.function})]
            if judged or asked:
                with replay.stage():
                    for event, trigger in judged:
                        judge(replay, event, trigger, mutants)
                    for called in asked:
                        judge_calls(replay, called, mutants)
    left = mutants.names()
    if tries_all:
        both, survivors = 2 * len(found), sum(map(len, mutants.left.values()))
        print(f"\n{len(found)} clauses, each taken out and turned round: {both - survivors} of {both} missed.")
    assert left <= untried, sorted(left - untried)


def replays(speaking: Connection, catalogue: Catalogue, later: Callable, tmp_path: Path) -> Iterator[Replay]:
    """Each act, done once in a world of its own."""
    samples: dict[str, list[dict[str, Any]]] = {}
    for number, act in enumerate(deciding_acts()):
        later(timedelta(0))
        ground.stands = None
        ground.lay()
        keys.make_keys(folder := tmp_path / str(number))
        call = ACTS[act](ground.cast(), later=later, folder=folder)
        replay = Replay(speaking, catalogue, samples)
        call()
        connection.close()
        replay.see_what_changed()
        yield replay
        for event in replay.events:
            if event.new:
                samples.setdefault(event.table, []).append(event.new)


def judge(replay: Replay, event: Event, trigger: Trigger, mutants: Mutants) -> None:
    """Strike out every mutant under which the event, or one like it, comes out differently."""
    wanted = mutants.of(replay.catalogue.asked_by(trigger.function))
    if not wanted or mutants.events[trigger.name] >= EVENTS:
        return
    mutants.events[trigger.name] += 1
    with replay.undone("event"):
        replay.listen(event, trigger)
        attempts = replay.attempts(event, trigger)
        # First as if the act's entries were of another transaction.
        tell_apart(replay, trigger, attempts[:1], mutants, wanted)
        replay.touch()
        tell_apart(replay, trigger, attempts, mutants, wanted)
    mutants.tries.update(wanted)


def judge_calls(replay: Replay, called: Trigger, mutants: Mutants) -> None:
    """The same of what a function answers."""
    wanted = mutants.of({called.function})
    if wanted and mutants.events[called.name] < EVENTS:
        mutants.events[called.name] += 1
        with replay.undone("calls"):
            replay.touch()
            tell_apart(replay, called, replay.calls(called), mutants, wanted)


def tell_apart(
    replay: Replay, trigger: Trigger, attempts: list[Attempt], mutants: Mutants, wanted: list[Mutant]
) -> None:
    about = {one: [attempt for attempt in attempts if attempt.is_about(one[1])] for one in wanted}
    tried = list({id(attempt): attempt for some in about.values() for attempt in some}.values())
    first, second = (replay.try_all(trigger, tried) for _ in range(2))
    # What differs from one time to the next tells nothing.
    said = {id(one): words for one, words, again in zip(tried, first, second, strict=True) if words == again}
    for one in list(wanted):
        _how, clause, text = one
        some = [attempt for attempt in about[one] if id(attempt) in said]
        with replay.undone("mutant"):
            replay.speaking.execute(clause.rule.define(text))
            differs = replay.find_difference(trigger, some, [said[id(attempt)] for attempt in some])
        if differs:
            wanted.remove(one)
            mutants.left[clause.rule.name].remove(one)
