"""How many clauses of all rules would be missed, as the other tests of this folder find. The figure is printed:

python -m pytest -n 0 -s tests/architecture/mutation/test_share_of_clauses.py
"""

import importlib
from collections.abc import Iterator

from psycopg import Connection

from tests.architecture.acts import ROOMS
from tests.architecture.mutation.equivalents import EQUIVALENT, UNTOLD
from tests.architecture.mutation.mutants import (
    BY_HAND,
    DECIDING,
    FUNCTIONS,
    UNTRIED,
    name_mutant,
    names_of_functions,
)
from tests.architecture.mutation.speaking import owner_speaking

LEAST = 0.98


def test_nearly_every_clause_is_missed(db):
    with owner_speaking() as owner:
        mutants = list(name_mutants(owner))
    alike = {" ".join(one.split()) for one in (*EQUIVALENT, *UNTOLD)}
    untried = set(UNTRIED.read_text().splitlines())
    telling = [one for one in mutants if one not in alike]
    missed = [one for one in telling if one not in untried]
    share = len(missed) / len(telling)
    print(
        f"\nOf {len(mutants)} clauses taken out or turned round {len(mutants) - len(telling)} make no difference;"
        f" of the other {len(telling)} {len(missed)} are missed: {share:.2%}."
    )
    assert share >= LEAST
    assert alike | untried <= set(mutants), sorted((alike | untried) - set(mutants))


def test_every_clause_that_no_act_is_asked_about_has_its_case(db):
    """`DECIDING` names the rooms whose acts are done again."""
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    named = {
        " ".join(one.split()) for one in (*BY_HAND.read_text().splitlines(), *UNTRIED.read_text().splitlines(), *UNTOLD)
    }
    with owner_speaking() as owner:
        at_the_door = {rule.name.partition("(")[0].removeprefix("portal.") for rule in clauses.door(owner)}
        names = names_of_functions(rooms_with_rules() - {*DECIDING})
        rules = [clauses.function_rule(*one) for one in owner.execute(FUNCTIONS, [names]).fetchall()]
    found = clauses.clauses_of(rule for rule in rules if rule.name not in at_the_door)
    alone = {name_mutant(how, clause) for clause in found for how in ("without", "turned")} - named
    assert not alone, sorted(alone)


def name_mutants(owner: Connection) -> Iterator[str]:
    """Both ways in which each clause of every CHECK, condition, policy and function is altered."""
    clauses = importlib.import_module("tests.architecture.mutation.clauses")
    rules = [*clauses.checks(owner), *clauses.conditions(owner)]
    rules += [*clauses.policy(owner, "vault_record_read"), *clauses.policy(owner, "vault_record_count")]
    names = names_of_functions(rooms_with_rules())
    rules += [clauses.function_rule(*one) for one in owner.execute(FUNCTIONS, [names]).fetchall()]
    for clause in clauses.clauses_of(rules):
        yield from (name_mutant(how, clause) for how in ("without", "turned"))


def rooms_with_rules() -> set[str]:
    """The rooms that have rules of the database."""
    return {path.parent.parent.name for path in ROOMS.glob("*/sql/*.sql")}
