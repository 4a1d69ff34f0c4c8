"""No cell is a formula: a corpus of what spreadsheets have been fooled with, on every line of a cell."""

import json
import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.exports.rules import escape_formulas, escape_json_formulas

STARTS = "=+-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
SKIPPED = [" ", "\t", "\r", "\n", "\v", "\f", "\x1f", "\x7f", "\x85", "\u00a0", "\u2003", "\u200b", "\u2028", "\u3000"]
CORPUS = ["=1+1", "@SUM(1)", "-2+3", "+1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")', "-", "=", "--1", "+\u00e9"]
HARMLESS = ["", "orders", "A6-1-a", "contact health", "a=b", "1-2", "O'Brien", "x@y", "'=1", "Ärger", "#REF", "a\nb"]


def made_safe(text: str, sql: str = escape_formulas("cell")) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql} FROM (SELECT %s::text AS cell) AS t", [text])
        return cursor.fetchone()[0]


def made_safe_in_pieces(text: str) -> str:
    return made_safe(text, escape_formulas("cell", in_pieces=True))


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
        cursor.execute(f"SELECT {escape_formulas('cell')} FROM (SELECT NULL::text AS cell) AS t")
        assert cursor.fetchone()[0] is None


# Split at semicolons or tabs

NUMBER = re.compile(r"[+-][0-9 ()./-]*")


def pieces(text: str) -> list[str]:
    """Of each line; quotes before a formula hide it only at its first."""
    skipped, found = "".join(SKIPPED), []
    for line in text.splitlines():
        first, *others = re.split("[;\t,]", line)
        found += [first.strip(skipped), *(piece.strip('"' + skipped) for piece in others)]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
        ("x; =1+1", "x; '=1+1"),
        ("x\t@SUM(1)", "x\t'@SUM(1)"),
        ("x,-2+3+cmd|' /C calc'!A0", "x,'-2+3+cmd|' /C calc'!A0"),
        ('x;"=1+1";y', 'x;"\'=1+1";y'),
        ("x;;\u00a0＝1", "x;;\u00a0'＝1"),
        ("=1;=1", "'=1;'=1"),
        ("a\n;=1", "a\n;'=1"),
        ("x;+A1;+49 30 1", "x;'+A1;+49 30 1"),
    ],
    ids=ascii,
)
def test_no_piece_after_a_semicolon_tab_or_comma_is_one(db, text, expected):
    assert made_safe_in_pieces(text) == expected


SEVERAL = ["a; b, c", "call 555-0100; +49 30 1234567, +1 (555) 010-0", "a;-1", "a, b-c; d=e"]


@pytest.mark.parametrize("text", [*(text for text in HARMLESS if text != "1-2"), *SEVERAL], ids=ascii)
def test_phone_numbers_and_harmless_pieces_are_left_as_they_are(db, text):
    assert made_safe_in_pieces(text) == text


@pytest.mark.parametrize("text", ["0012", "1E5", "1.5e-3", "12.50", "1,5", "1-2", "1/2/26", "10:30", "1" * 16, " 01 "])
def test_text_that_would_become_another_number_or_a_day_is_kept_as_text(db, text):
    assert made_safe_in_pieces(text) == "'" + text
    assert made_safe(text) == text


@pytest.mark.parametrize("text", ["0", "12", "123456789012345", "11 CCR 7021", "2026-01-01/2026-02-01", "1a", "12 E5"])
def test_other_text_with_digits_is_left_as_it_is(db, text):
    assert made_safe_in_pieces(text) == text


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from([*STARTS, *SKIPPED, *";,\"'a1"]), max_size=9))
def test_no_piece_of_any_cell_is_a_formula(db, text):
    for piece in pieces(made_safe_in_pieces(text)):
        assert piece[:1] not in tuple(STARTS) or NUMBER.fullmatch(piece) or not piece, (text, piece)


@pytest.mark.parametrize(
    "value",
    [
        {"text": "x;=cmd|' /C calc'!A0;y", "n": [1, -2, -3.5], "p": "-x", "q": "=1"},
        {"text": 'x; "@SUM(1)";＝1', "＋": "+49 30 1", "z": ["+1-555-0100", "-"]},
        {"nothing": "a;b", "minus": -1},
    ],
    ids=["command", "quotes", "nothing"],
)
def test_json_stays_the_same_value_and_no_piece_of_it_is_one(db, value):
    for separators in ((",", ":"), (", ", ": ")):
        text = json.dumps(value, ensure_ascii=False, separators=separators)
        made = made_safe(text, escape_json_formulas("cell"))
        assert json.loads(made) == value
        for piece in re.split("[;\t,]", made):
            inner = piece.strip('" ]}')
            assert inner[:1] not in tuple(STARTS) or NUMBER.fullmatch(inner), piece
