"""The functions whose clauses are taken out or turned round, and what a mutant is called in the lists."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from tests.architecture.acts import ROOMS

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause

FUNCTIONS = """
SELECT p.proname, p.prosrc, pg_get_functiondef(p.oid), l.lanname = 'sql', coalesce(p.proargnames, '{}'),
    CASE WHEN p.prorettype = 'trigger'::regtype THEN 'trigger' WHEN p.proretset THEN 'SETOF record' ELSE 'text' END
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace IN ('portal'::regnamespace, 'public'::regnamespace) AND p.proname = ANY (%s)
    AND p.prosqlbody IS NULL ORDER BY 1
"""
# Their functions are tried by what the acts write, those of the other rooms by cases.
DECIDING = ("ledger", "people", "choices", "access", "vault", "disclosures", "exemptions")
# Clauses that no act tells apart; a case written for them does (`test_every_clause_in_its_case.py`).
BY_HAND = Path(__file__).with_name("by_hand.txt")
# Clauses that nothing is sure to miss yet, one a line. It only becomes shorter.
UNTRIED = Path(__file__).with_name("untried.txt")

HOW = ("without", "turned")  # what an alteration calls them


def name_mutant(how: str, clause: "Clause") -> str:
    """In one line, as the lists have it."""
    return " ".join(f"{how} {clause}".split())


def names_of_functions(rooms: Collection[str]) -> list[str]:
    """All that these rooms make."""
    texts = [path.read_text() for room in rooms for path in sorted((ROOMS / room / "sql").glob("*.sql"))]
    return sorted({name for text in texts for name in re.findall(r"CREATE FUNCTION (?:portal\.)?(\w+)\(", text)})
