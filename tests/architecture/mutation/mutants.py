"""The functions whose clauses are taken out or turned round, and what a mutant is called in the lists."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.mutation.clauses import Clause

FUNCTIONS = """
SELECT p.proname, p.prosrc, pg_get_functiondef(p.oid), l.lanname = 'sql', coalesce(p.proargnames, '{}'),
    CASE WHEN p.prorettype = 'trigger'::regtype THEN 'trigger' WHEN p.proretset THEN 'SETOF record' ELSE 'text' END
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace IN ('portal'::regnamespace, 'public'::regnamespace) AND p.proname = ANY (%s)
    AND p.prosqlbody IS NULL ORDER BY 1
"""
BY_HAND = Path(__file__).with_name("by_hand.txt")


def name_mutant(how: str, clause: "Clause") -> str:
    """In one line, as the lists have it."""
    return " ".join(f"{how} {clause}".split())
