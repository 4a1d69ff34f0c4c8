"""Take one clause after the other out of a rule, and turn it round: somebody must notice.

CHECKs and conditions of triggers depend on nothing but a row: there is a row that is judged otherwise. What decides who
sees the vault is tried in every circumstance, with two customers on the scene. The figure is printed:

python -m pytest -n 0 -s tests/architecture/mutation/test_every_clause_is_missed.py
"""

import importlib
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.architecture.mutation.door_scene import PLAIN, Beholder, set_scene
from tests.architecture.mutation.equivalents import EQUIVALENT
from tests.architecture.mutation.speaking import application_speaking, owner_speaking

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause


@pytest.fixture
def clauses() -> ModuleType:
    """PostgreSQL's parsers take a while to load: only here."""
    return importlib.import_module("tests.architecture.mutation.clauses")


@pytest.fixture
def truth(clauses) -> ModuleType:
    return importlib.import_module("tests.architecture.mutation.truth")


def survivors(found: "Iterable[Clause]", is_missed: "Callable[[Clause, str], bool]") -> set[str]:
    return {
        f"{how} {clause}"
        for clause in found
        for how, text in (("without", clause.altered.without), ("turned", clause.altered.turned))
        if not is_missed(clause, text)
    }


def is_among(clause: "Clause", left: set[str]) -> bool:
    return not left.isdisjoint({f"without {clause}", f"turned {clause}"})


def judge(found: "list[Clause]", left: set[str]) -> None:
    """All but those that make no difference, each with its reason."""
    both = 2 * len(found)
    print(f"\n{len(found)} clauses, each taken out and turned round: {both - len(left)} of {both} missed.")
    rules = {f"{clause.rule.kind} {clause.rule.name}" for clause in found}
    known = {one for one in EQUIVALENT if one.partition(" ")[2].partition(":")[0] in rules}
    assert left == known, (sorted(left - known), sorted(known - left))


def test_every_clause_of_a_check_is_missed(db, clauses, truth):
    with owner_speaking() as owner:
        found = clauses.clauses_of(clauses.checks(owner))
        judge(found, survivors(found, lambda clause, text: truth.tell_apart([owner], clause, text)))
    assert len(found) > 400


def test_every_clause_of_a_triggers_condition_is_missed(db, clauses, truth):
    with owner_speaking() as owner, application_speaking() as application:
        found = clauses.clauses_of(clauses.conditions(owner))
        both = [application, owner]
        judge(found, survivors(found, lambda clause, text: truth.tell_apart(both, clause, text)))
    assert len(found) > 100


def test_every_clause_of_the_vaults_door_is_missed(real_world, clauses):
    with owner_speaking() as owner:
        found = clauses.clauses_of(clauses.door(owner))
    beholder = Beholder(set_scene(real_world))
    try:
        with beholder.loosened():
            whole = beholder.see_everything()
            assert beholder.see_everything() == whole and str(beholder.scene["ada"]) in whole[PLAIN]
            left = survivors(found, lambda clause, text: beholder.notices(clause.rule.define(text), whole))
            assert beholder.see_everything() == whole  # how long the transaction lasts decides nothing
        with beholder.loosened("REPEATABLE READ"):
            plain = {PLAIN: beholder.look(*PLAIN)}
            beholder.looks = [PLAIN]
            left &= survivors(
                [clause for clause in found if is_among(clause, left)],
                lambda clause, text: beholder.notices(clause.rule.define(text), plain),
            )
        judge(found, left)
    finally:
        beholder.close()
    assert len(found) > 50
