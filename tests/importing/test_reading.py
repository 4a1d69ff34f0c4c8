"""CSV as the world writes it: any text comes back, and a damaged row costs itself alone."""

import csv
import io
import tracemalloc
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.ops.importing import databases
from consents.ops.importing.databases import BadFile, CsvTable, normalize_text
from consents.ops.importing.report import RejectReason

WANTED = ["Id", "Text"]
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
endings = st.sampled_from(["\n", "\r\n"])


def read(content: bytes, wanted: list[str] = WANTED) -> list:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(content)
        with CsvTable(path, wanted) as table:
            return list(table.rows())


@given(
    rows=st.lists(st.tuples(st.integers(0, 999).map(str), texts), max_size=8),
    delimiter=st.sampled_from(databases.DELIMITERS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ending=endings,
    bom=st.sampled_from([b"", databases.BOM]),
)
def test_it_reads_back_any_text(rows, delimiter, quoting, ending, bom):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([WANTED, *rows])

    found = read(bom + written.getvalue().encode())

    assert [cells for _line, cells in found] == [list(row) for row in rows]


@given(st.binary(max_size=300))
def test_it_never_fails_on_any_bytes(content):
    for _line, cells in read(b"Id,Text\n" + content):
        assert isinstance(cells, RejectReason) or len(cells) == 2


@given(before=st.binary(max_size=60).filter(lambda raw: b'"' not in raw), ending=endings)
def test_a_damaged_line_costs_itself_alone(before, ending):
    good = f"8,first{ending}".encode()
    found = read(b"Id,Text\n" + good + before + b"\n" + b"9,last\n")

    assert found[0] == (2, ["8", "first"])
    assert found[-1][1] == ["9", "last"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"1,a\n2,b,c\n3,d\n", [(2, ["1", "a"]), (3, RejectReason.COLUMNS), (4, ["3", "d"])]),
        (b"1,a\0\n3,d\n", [(2, RejectReason.NUL), (3, ["3", "d"])]),
        (b"1,a\xff\n3,d\n", [(2, RejectReason.NOT_UTF8), (3, ["3", "d"])]),
        (b'1,"a\n3,d\n4,e\n', [(2, RejectReason.QUOTES), (3, ["3", "d"]), (4, ["4", "e"])]),
        (b'1,"a" b\n3,d\n', [(2, RejectReason.QUOTES), (3, ["3", "d"])]),
        (b'1,"a\n3,"d"\n4,e\n', [(2, RejectReason.QUOTES), (3, ["3", "d"]), (4, ["4", "e"])]),
        (b"1,a\rb\n3,d\n", [(2, RejectReason.LINE_BREAK), (3, ["3", "d"])]),
        (b'1,"two\nlines"\n\n,\n3,d', [(2, ["1", "two\nlines"]), (6, ["3", "d"])]),
        (b'1,"\xc3\n\xa4"\n3,d\n', [(2, RejectReason.NOT_UTF8), (4, ["3", "d"])]),
    ],
)
def test_it_names_the_line_a_row_began_on(content, expected):
    assert read(b"Id,Text\n" + content) == expected


@pytest.mark.parametrize("inside", [b"x" * 200_000, b"x\n" * 200_000, b'x ""y"" ' * 50_000, b"x" * 3_000_000])
def test_it_passes_over_a_quoted_value_that_is_too_long(inside):
    fake_row = b"\n7,not a row\n"
    found = read(b'Id,Text\n1,"' + inside + fake_row + b'"\n3,d\n')

    assert [cells for _line, cells in found] == [RejectReason.TOO_LONG, ["3", "d"]]
    assert found[1][0] == 2 + inside.count(b"\n") + 3


def test_it_passes_over_a_plain_value_that_is_too_long():
    assert read(b"Id,Text\n1," + b"x" * 2_000_000 + b"\n3,d\n") == [(2, RejectReason.TOO_LONG), (3, ["3", "d"])]


def test_a_quote_never_closed_swallows_neither_the_rows_behind_it_nor_memory(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b'Id,Text\n1,"open\n' + b"2,good row with some text\n" * 90_000)

    tracemalloc.start()
    with CsvTable(path, WANTED) as table:
        rows = table.rows()
        first = next(rows)
        last = deque(rows, maxlen=1).pop()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (first, last) == ((2, RejectReason.QUOTES), (90_002, ["2", "good row with some text"]))
    assert peak < 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (b"PK\x03\x04 a workbook", "not CSV in UTF-8"),
        ("Id,Text\n".encode("utf-16"), "not CSV in UTF-8"),
        (b"Id,Other\n1,2\n", "no column “Text”"),
        (b"1,ada@example.com\n", "no column “Id”"),
        (b"Id,Text,Text\n", "more than one column “Text”"),
        (b"Id,Text,Other,Other\n", "two columns of one name"),
        (b'Id,"Text\n1,a\n', "no column “Id”"),
        (b"Id,Text\r1,a\r", "does not name its columns"),
        (b"Id,Text,\xff\n", "does not name its columns"),
    ],
)
def test_it_refuses_a_bad_file_in_one_sentence(content, words):
    with pytest.raises(BadFile) as refusal:
        read(content)

    assert words in str(refusal.value)
    assert "ada@example.com" not in str(refusal.value)


@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_it_refuses_what_is_not_a_file(tmp_path, path):
    with pytest.raises(BadFile):
        CsvTable(tmp_path / path, [])


def test_it_takes_the_delimiter_under_which_the_columns_are_there():
    assert read(b'"Id";"Text";"a,b,c,d"\n1;x;y\n') == [(2, ["1", "x", "y"])]


def test_it_composes_and_trims():
    assert normalize_text(" Jose\N{COMBINING ACUTE ACCENT}\N{NO-BREAK SPACE}") == "José"
