"""The three formats say the same of the same rows; a spreadsheet changes, calculates and loses none of it."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree

import openpyxl
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.exports import describing, selectors
from consents.exports.datasets import DESCRIPTIONS, metrics
from consents.exports.describing import INERT, Column, Type
from consents.exports.formats import FORMATS, papers, workbook
from consents.exports.rules import Dataset, Format, escape_formulas, escape_json_formulas
from tests.exports.cells import ATTACKS, described, written
from tests.world.exports import in_format, taken


def read(content: bytes, format: Format) -> list[str]:
    return [row["value"] for row in FORMATS[format].read(io.BytesIO(content))]


def test_every_format_says_the_same_of_every_dataset(played, subtests):
    for dataset in Dataset:
        with subtests.test(dataset=dataset):
            csv, *others = (in_format(played, format, dataset=dataset) for format in DESCRIPTIONS[dataset].formats)
            assert len(others) > 1 and all(rows == csv for rows in others)


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_a_workbook_holds_it_as_text_letter_by_letter(db, attack):
    content = written(described(attack), Format.XLSX)

    assert read(content, Format.XLSX) == [attack]
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_phone_number_survives_everywhere(db):
    """In CSV behind the ' that keeps a spreadsheet from calculating it."""
    query = described("+1-555-0100", "+49 30 1234567")
    assert read(written(query, Format.XLSX), Format.XLSX) == ["+1-555-0100", "+49 30 1234567"]
    for format in (Format.CSV, Format.JSON_LINES):
        assert read(written(query, format), format) == ["'+1-555-0100", "'+49 30 1234567"]


@pytest.mark.parametrize("format", [Format.CSV, Format.JSON_LINES])
def test_no_line_of_a_cell_begins_like_a_formula(db, format):
    found = read(written(described(*ATTACKS), format), format)
    assert len(found) == len(ATTACKS)
    for was, now in zip(ATTACKS, found, strict=True):
        assert now.replace("'", "") == was.replace("'", "")
        assert not any(line.lstrip("\t\u00a0\x01\x1f ")[:1] in tuple("=+-@＝") for line in now.splitlines())


def test_a_semicolon_begins_no_formula_in_csv_and_changes_nothing_elsewhere(db):
    attack = "x;=cmd|' /C calc'!A0;y"
    assert written(described(attack), Format.CSV).splitlines()[1] == b'"1","x;\'=cmd|\' /C calc\'!A0;y"'
    for format in (Format.JSON_LINES, Format.XLSX):
        assert read(written(described(attack), format), format) == [attack]


def test_json_lines_have_numbers_truth_lists_and_nothing_as_such(played):
    _export, content = taken(played, format=Format.JSON_LINES)

    row = json.loads(content.splitlines()[0])

    assert isinstance(row["event_id"], int) and row["shown_to_subject"] is True
    assert row["pii_types"] == ["contact", "orders"] and row["legal_authority"] is None
    assert list(row) == DESCRIPTIONS[Dataset.ACCESS_LOG].names


def test_json_lines_are_one_line_each_whatever_is_in_them(db):
    query = described(*ATTACKS, "\x02", "a\u2028b")
    content = written(query, Format.JSON_LINES)
    assert len(content.rstrip(b"\n").split(b"\n")) == len(ATTACKS) + 2
    assert all(json.loads(line) for line in content.rstrip(b"\n").split(b"\n"))


def test_a_workbook_has_numbers_as_such_and_truth_as_text(played):
    _export, content = taken(played, format=Format.XLSX)

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active

    names = [cell.value for cell in sheet[1]]
    assert names == DESCRIPTIONS[Dataset.ACCESS_LOG].names and sheet[1][0].font.b
    row = dict(zip(names, sheet[2], strict=True))
    assert isinstance(row["event_id"].value, int) and row["shown_to_subject"].value == "true"
    assert (sheet.max_row, sheet.freeze_panes) == (10, "A2")


MOMENTS = [
    "2026-10-25T00:59:59.999999+00:00",
    "2026-10-25T01:00:00+00:00",
    "1970-01-01T00:00:00.000001+00:00",
    "9999-12-31T23:59:59.5+00:00",
    "1900-02-28T12:00:00+00:00",
    "infinity",
]


def test_a_moment_is_a_date_and_comes_back_to_the_microsecond(db):
    content = written(described(*MOMENTS, type=Type.MOMENT), Format.XLSX)

    assert read(content, Format.XLSX) == MOMENTS
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    first, *_others, before_1900, endless = [cell.value for cell in sheet["B"]][1:]
    assert abs(first - datetime(2026, 10, 25, 1)) < timedelta(milliseconds=1)
    assert sheet["B2"].number_format == "yyyy\\-mm\\-dd\\ hh:mm:ss"
    assert (before_1900, endless) == tuple(MOMENTS[-2:])


def test_a_day_is_a_date(db):
    content = written(described("2026-02-28", "9999-12-31", type=Type.DAY), Format.XLSX)
    assert read(content, Format.XLSX) == ["2026-02-28", "9999-12-31"]
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["B2"].value == datetime(2026, 2, 28)


def test_a_workbook_is_ready_to_read_to_filter_and_to_print(played):
    export, content = taken(played, format=Format.XLSX)

    records, words, manifest = openpyxl.load_workbook(io.BytesIO(content)).worksheets

    assert records.auto_filter.ref == f"A1:{records.dimensions.split(':')[1]}"
    assert (records.page_setup.orientation, records.print_title_rows) == ("landscape", "$1:$1")
    assert all(records.column_dimensions[name].width > 10 for name in ("A", "B", "C"))
    told = {row[0].value: row[4].value for row in words.iter_rows(min_row=2)}
    assert list(told) == DESCRIPTIONS[Dataset.ACCESS_LOG].names
    assert "privacy_officer: privacy officer" in told["actor_role"]
    facts = {row[0].value: row[1].value for row in manifest.iter_rows(min_row=2)}
    assert (facts["Export"], facts["What it is for"]) == (str(export.pk), export.reason)
    assert "manifest.jws" in facts["How to check it"]


def test_a_sheet_that_is_full_goes_on_in_the_next(db, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 10)
    for count, sheets in ((9, 1), (10, 1), (11, 2), (20, 2), (21, 3), (0, 1)):
        values = [str(number) for number in range(count)]
        content = written(described(*values), Format.XLSX)
        book = openpyxl.load_workbook(io.BytesIO(content))
        records = book.worksheets[:-2]
        assert len(records) == sheets
        assert all(sheet["B1"].value == "value" for sheet in records)
        assert read(content, Format.XLSX) == values


def test_a_sheet_ends_before_it_outgrows_its_zip(db, monkeypatch):
    monkeypatch.setattr(workbook, "LARGEST_SHEET", 1)
    monkeypatch.setattr(workbook, "ROWS_PER_WRITE", 3)
    content = written(described(*"abcdefg"), Format.XLSX)
    assert len(openpyxl.load_workbook(io.BytesIO(content)).worksheets) == 3 + 2
    assert read(content, Format.XLSX) == list("abcdefg")


def test_a_cell_that_is_too_long_for_a_spreadsheet_says_so(db):
    fits, too_long = "x" * 32_767, "😀" * 20_000
    assert read(written(described(fits), Format.XLSX), Format.XLSX) == [fits]
    (cut,) = read(written(described(too_long), Format.XLSX), Format.XLSX)
    assert cut.endswith(workbook.TRUNCATED) and len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert read(written(described(too_long), Format.CSV), Format.CSV) == [too_long]


def test_the_sheet_is_well_formed_and_has_nothing_that_runs(db):
    with zipfile.ZipFile(io.BytesIO(written(described(*ATTACKS), Format.XLSX))) as book:
        assert book.testzip() is None
        for name in book.namelist():
            tree = ElementTree.fromstring(book.read(name))
            assert not [one for one in tree.iter() if one.tag.endswith(("}f", "}hyperlink", "}externalReference"))]
        assert not [name for name in book.namelist() if "vba" in name or "externalLink" in name]


@pytest.fixture
def any_document(monkeypatch) -> None:
    """Registers alone leave as documents; what lies inside is the same for any rows."""
    monkeypatch.setitem(papers.LAYOUTS, Dataset.BLOCKS, (lambda paper, query, rows: None, False))


@pytest.mark.parametrize("format", Format)
def test_the_same_rows_are_the_same_bytes(db, any_document, format):
    assert written(described(*ATTACKS), format) == written(described(*ATTACKS), format)


@pytest.mark.parametrize("format", Format)
def test_a_file_cut_anywhere_is_not_read_as_whole(db, any_document, format):
    content = written(described(*ATTACKS), format)
    with pytest.raises(ValueError):
        read(content[: len(content) // 2 + 1], format)


def test_a_list_is_guarded_code_by_code(db):
    column = Column("value", Type.LIST, "ARRAY['-a', 'b']", "own", "Codes.")
    query = described("x")
    query = replace(query, description=replace(query.description, columns=[query.columns[0], column]))
    assert json.loads(written(query, Format.JSON_LINES))["value"] == ["'-a", "b"]
    assert read(written(query, Format.CSV), Format.CSV) == ["'-a b"]


def test_the_snapshot_speaks_utc_and_iso(db):
    with selectors.open_snapshot() as connection:
        assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)


# No cell is a formula: a corpus of what spreadsheets have been fooled with, on every line of a cell.

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


# Every dataset: no cell is a formula, the dictionary tells each column, personal ones are empty unless asked for.

EVERY = [(name, column) for name, one in DESCRIPTIONS.items() for column in one.columns]


def test_what_is_not_guarded_says_why_it_holds_no_formula(subtests):
    for dataset, column in EVERY:
        with subtests.test(dataset=dataset, column=column.name):
            guarded = "regexp_replace" in column.in_cells(guarded=True, in_pieces=False)
            assert guarded is not column.is_inert
            assert guarded == ("regexp_replace" in column.in_json())
            assert ("regexp_replace" in column.in_cells(guarded=True)) == (guarded or column.is_json)
            assert column.type in INERT or bool(column.inert) is not guarded


def test_a_check_that_is_named_is_there(db, subtests):
    """A column that rests on a CHECK names one that the database has."""
    for dataset, column in EVERY:
        for name in re.findall(r"\w+_\w+_\w+", column.inert):
            with subtests.test(dataset=dataset, column=column.name, name=name):
                assert_no_formula_is_allowed(name)


def assert_no_formula_is_allowed(check: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND contype = 'c'", [check]
        )
        ((said,),) = cursor.fetchall()
    for literal in re.findall(r"'((?:[^']|'')*)'", said):
        # Words of a list, or a pattern of letters and digits: no piece of what they allow begins a formula.
        assert not re.search(r"[;\t,]\W*[=+\-@]|\[\^|\.[*+{]", literal), literal


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_the_dictionary_tells_every_column_in_its_order(name):
    description = DESCRIPTIONS[name]
    rows = list(csv.DictReader(io.StringIO(describing.render_dictionary(description).decode(), newline="")))

    assert [row["column"] for row in rows] == description.names
    assert len(set(description.names)) == len(description.names)
    assert all(row["type"] and row["source"] and row["meaning"] for row in rows)
    assert not any(re.search(r'(^|[;\t,])[\s"]*[=+\-@]', cell) for row in rows for cell in row.values())


def test_a_negative_number_would_be_no_formula():
    """Numbers are not guarded: they are counts, ids, versions and days between two moments in order."""
    numbers = {column.name for _name, column in EVERY if column.type in (Type.INTEGER, Type.DECIMAL)}
    counted = {column.name for column in metrics.COLUMNS if column.sql.startswith("count(")}
    assert numbers - counted == {
        "event_id",
        "purpose_version",
        "version_number",
        "looks",
        "delays",
        "groups",
        "minimum",
        "module_version",
        "score",
        "pass_mark",
        "days_to_response",
        "questions_asked",
        "questions_answered",
        "files_added",
        "files_left_out",
        "people_about",
        "records_about",
        "people_told",
        "people_read",
        "year",
        "median_days",
        "mean_days",
    }
