"""JSON Lines, words for nothing and keys of several columns: what the files of other programs are like."""

import json

import pytest
from django.core.management import call_command

from consents.ops.importing.databases import BadFile, JsonTable
from consents.people.models import Customer
from tests.importing.sample import CUSTOMERS

PEOPLE = """customers = true
reference = "Id"
region = "State"
empty = ["NULL", "n/a"]
"""
LINES = """reference = "Id"
[[category]]
key = "lines"
title = "Order lines"
record = ["Order", "Line"]
fields = { What = "What" }
"""


def read(folder, content: bytes | str, *wanted: str) -> list:
    path = folder / "rows.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with JsonTable(path, wanted) as table:
        return [(line, cells if isinstance(cells, str) else list(cells)) for line, cells in table.rows()]


def test_it_reads_texts_numbers_truth_and_nothing(tmp_path):
    rows = read(tmp_path, b'\xef\xbb\xbf{"a": "x", "b": 1.50, "c": true}\n\n{"a": null, "c": "y"}\n', "a", "b", "c")

    assert rows == [(1, ["x", "1.50", "true"]), (3, ["", "", "y"])]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "not_object"),
        (b'{"a": [1]}', "not_object"),
        (b'{"a": {}}', "not_object"),
        (b'{"a": NaN}', "not_object"),
        (b'{"a": "x"', "not_object"),
        (b"[" * 90_000, "not_object"),
        (b'{"a": "\xff"}', "not_utf8"),
        (b'{"a": "\\ud800"}', "not_utf8"),
        (b'{"a": "\\u0000"}', "nul"),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', "too_long"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_damaged_row_costs_itself_alone(tmp_path, line, reason):
    assert read(tmp_path, b'{"a": "1"}\n' + line + b'\n{"a": "2"}', "a") == [(1, ["1"]), (2, reason), (3, ["2"])]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", '{"b": 1}\n'])
def test_what_is_none_or_lacks_a_name_is_refused_whole(tmp_path, content):
    with pytest.raises(BadFile):
        read(tmp_path, content, "a")


def test_it_imports_customers(shop, db):
    rows = [{"Id": 7, "State": "Bavaria"}, {"Id": "8", "State": "NULL"}]
    shop.write("people.jsonl", "\n".join(map(json.dumps, rows)))

    assert shop.imported("people.jsonl", PEOPLE).code == 0
    assert dict(Customer.objects.values_list("reference", "region")) == {"7": "Bavaria", "8": ""}


def test_a_word_for_nothing_is_no_value(shop, db):
    shop.write("people.csv", ["Id,State", "1,NULL", "2,n/a", "3,null", "NULL,Bavaria"])

    done = shop.imported("people.csv", PEOPLE)

    assert dict(Customer.objects.values_list("reference", "region")) == {"1": "", "2": "", "3": "null"}
    assert done.rejects == [(5, "no customer reference")]
    assert "1 cell says NULL" in done.out


def test_records_are_told_apart_by_several_columns(shop, db):
    shop.write("people.csv", ["Id,State", "1,x"])
    shop.imported("people.csv", PEOPLE)
    shop.write(
        "lines.csv", ["Id,Order,Line,What", "1,10,1,Lamp", "1,10,2,Rug", "1,1,02,Cup", "1,10,2,Pen", "1,10,,Box"]
    )

    done = shop.imported("lines.csv", LINES)

    assert "Records: 3 new" in done.out
    assert [line for line, _reason in done.rejects] == [5, 6]
    assert "3 unchanged" in shop.imported("lines.csv", LINES).out


@pytest.mark.parametrize("fault", ['empty = "NULL"', "empty = [1]", 'empty = [""]'])
def test_a_bad_list_of_words_is_one_sentence(shop, db, fault):
    done = shop.customers(["CustomerId"], mapping=fault + "\n" + CUSTOMERS)

    assert done.code == 2 and "empty" in done.err


def test_the_command_explains_the_mapping(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("import_customers", "--help-mapping")

    assert ended.value.code == 0 and "[[category]]" in capsys.readouterr().out
