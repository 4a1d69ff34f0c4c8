"""No cell is a formula: a corpus of what spreadsheets have been fooled with, on every line of a cell."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.exports.cells import safe

STARTS = "=+-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
SKIPPED = [" ", "\t", "\r", "\n", "\v", "\f", "\x1f", "\x7f", "\x85", "\u00a0", "\u2003", "\u200b", "\u2028", "\u3000"]
CORPUS = ["=1+1", "@SUM(1)", "-2+3", "+1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")', "-", "=", "--1", "+\u00e9"]
HARMLESS = ["", "orders", "A6-1-a", "contact health", "a=b", "1-2", "O'Brien", "x@y", "'=1", "Ärger", "#REF", "a\nb"]


def made_safe(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {safe('cell')} FROM (SELECT %s::text AS cell) AS t", [text])
        return cursor.fetchone()[0]


def is_formula(line: str) -> bool:
    return line.lstrip("".join(map(chr, range(33))) + "".join(SKIPPED) + "\ufeff")[:1] in tuple(STARTS)


@pytest.mark.parametrize("formula", CORPUS + [start + "1" for start in STARTS])
def test_a_formula_gets_a_leading_quote(db, formula):
    assert made_safe(formula) == "'" + formula


@pytest.mark.parametrize("skipped", SKIPPED, ids=ascii)
def test_what_a_spreadsheet_skips_does_not_hide_one(db, skipped):
    assert made_safe(f"{skipped}=1").startswith("'")


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_everything_else_is_left_as_it_is(db, text):
    assert made_safe(text) == text


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\u0085"], ids=ascii)
def test_no_later_line_is_one(db, end):
    assert made_safe(f"first{end}=1") == f"first{end}'=1"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from([*STARTS, *SKIPPED, "a", "'", "1"]), max_size=8))
def test_no_line_of_any_cell_is_a_formula(db, text):
    assert not any(is_formula(line) for line in made_safe(text).splitlines())


def test_nothing_stays_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {safe('cell')} FROM (SELECT NULL::text AS cell) AS t")
        assert cursor.fetchone()[0] is None
