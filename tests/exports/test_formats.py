"""The three formats say the same of the same rows; a spreadsheet changes, calculates and loses none of it."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree

import openpyxl
import pytest

from consents.exports import selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.describing import Column, Type
from consents.exports.formats import FORMATS, papers, workbook
from consents.exports.rules import Dataset, Format
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
