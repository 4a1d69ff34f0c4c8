"""The functions whose clauses are taken out or turned round, and what a mutant is called."""

import re
from collections.abc import Iterator
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
HOW = ("without", "turned")  # what an alteration calls them
type Mutant = tuple[str, "Clause", str]


def name_mutant(mutant: Mutant) -> str:
    """Return the name in one line, as messages have it."""
    how, clause, _text = mutant
    return " ".join(f"{how} {clause}".split())


def list_function_names() -> list[str]:
    """Return the names of all functions that the rooms define."""
    texts = [path.read_text() for path in sorted(ROOMS.glob("*/sql/*.sql"))]
    return sorted({name for text in texts for name in re.findall(r"CREATE FUNCTION (?:portal\.)?(\w+)\(", text)})


def build_mutants(found: "list[Clause]") -> Iterator[Mutant]:
    """Yield both alterations of each clause: taken out, and turned round."""
    for clause in found:
        for how in HOW:
            yield how, clause, getattr(clause.altered, how)
