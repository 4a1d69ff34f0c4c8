"""Every dataset: no cell is a formula, the dictionary tells each column, personal ones are empty unless asked for."""

import csv
import io
import re

import pytest
from django.db import connection

from consents.exports import describing
from consents.exports.datasets import DESCRIPTIONS, metrics
from consents.exports.describing import INERT, Type

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
