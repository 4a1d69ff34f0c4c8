"""A column that holds one of a closed list of codes refuses every other, also from whoever writes past the models."""

import json

import pytest
from django.apps import apps
from django.db import connection

from consents.core.fields import CodedField

CONDITIONS = """
SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass
"""
UNKNOWN = "?"


def coded_fields() -> list[CodedField]:
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, CodedField)
    ]


@pytest.mark.parametrize("field", coded_fields(), ids=lambda field: f"{field.model._meta.db_table}.{field.column}")
def test_a_code_that_is_not_on_the_list_is_refused(db, field):
    codes = [f"'{code}'" for code, _label in field.flatchoices]

    naming = [text for text in checks_of(field) if sum(code in text for code in codes) > 1]

    assert any(refuses(field, text, UNKNOWN) for text in naming), naming


def checks_of(field: CodedField) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(CONDITIONS, [field.model._meta.db_table])
        return [text for (text,) in cursor.fetchall()]


def refuses(field: CodedField, condition: str, code: str) -> bool:
    """What a CHECK says of a row of which nothing is known but this column."""
    table = field.model._meta.db_table
    query = f"SELECT ({condition.replace('%', '%%')}) IS FALSE FROM jsonb_populate_record(NULL::{table}, %s) AS {table}"
    with connection.cursor() as cursor:
        cursor.execute(query, [json.dumps({field.column: code})])
        return bool(cursor.fetchone()[0])
