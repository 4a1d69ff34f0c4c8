"""No column of JSON takes what pages and exports that read it would stumble over: the columns come from the catalogue,
and each refuses its sample with any part of it replaced by something of another kind."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.architecture.mutation.parts import our_tables

COLUMNS = """
SELECT c.relname || '.' || a.attname,
    (SELECT string_agg(pg_get_expr(k.conbin, k.conrelid), ') AND (') FROM pg_constraint AS k
     WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY(k.conkey))
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE a.atttypid IN ('jsonb'::regtype, 'json'::regtype) AND c.relkind = 'r' AND a.attnum > 0
  AND c.relname = ANY(%s)
"""
DUE = {"on": "2026-11-28"}
# What each holds, in short. What is read of it by no page and no export is not in it.
SAMPLES: dict[str, Any] = {
    "access_assent.categories": ["contact"],
    "access_proposedrequest.categories": ["contact"],
    "access_sentencetemplate.texts": {"en": "They called."},
    "breaches_assessment.categories": ["contact"],
    "breaches_assessment.harms": ["fraud"],
    "catalogue_category.words": {"en": {"title": "Contact details"}},
    "catalogue_field.labels": {"en": "Name"},
    "catalogue_purpose.teams": ["Support"],
    "catalogue_purposeversion.storage": ["DE"],
    "exports_export.chosen": {"type": "ConsentGiven"},
    "insights_question.words": {"en": "Orders by product"},
    "notifications_message.context": {},
    "people_directoryperson.place": {"role": "requester"},
    "people_staffmember.former_teams": ["support"],
    "rights_answer.granted": ["offers"],
    "rights_appeal.clock": {},
    "rights_deadlineextension.clock": {},
    "rights_pauseend.clocks": {"answer": DUE},
    "rights_questiontemplate.texts": {"en": "Which order?"},
    "rights_rightsrequest.clocks": {"answer": DUE},
    "rights_rightsrequest.scope": ["contact"],
    "rights_savedview.query": {"state": "open"},
    "training_attempt.answers": [1],
    "training_moduleversion.solution": [1],
    "training_moduleversion.words": {"en": {"title": "Privacy", "questions": [{"answers": ["Yes"]}]}},
}
OTHERWISE = {
    "vault_parterasure.deleted": "by trigger: vault/sql/part_erasure.sql",
    "vault_parterasure.kept": "by trigger: vault/sql/part_erasure.sql",
    "vault_record.sealed": "by trigger: vault/sql/on_record.sql",
}
KINDS: list[Any] = ["x", 1, True, None, ["x"], [[]], {"x": "x"}, {"x": {"x": []}}]


@pytest.fixture
def rules(db) -> dict[str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [our_tables()])
        return dict(cursor.fetchall())


def test_each_column_has_a_sample(rules):
    assert sorted(rules) == sorted([*SAMPLES, *OTHERWISE])


@pytest.mark.parametrize("column", SAMPLES)
def test_it_takes_its_sample_and_nothing_of_another_kind(rules, column):
    assert is_taken(column, rules[column], SAMPLES[column])
    assert [value for value in replace_parts(SAMPLES[column]) if is_taken(column, rules[column], value)] == []


def replace_parts(sample: Any) -> Iterator[Any]:
    """Yield it with each part of it, and all of it, replaced by something of another kind."""
    yield from (other for other in KINDS if type(other) is not type(sample))
    if isinstance(sample, list | dict):
        for place in range(len(sample)) if isinstance(sample, list) else sample:
            for part in replace_parts(sample[place]):
                copy = sample.copy()
                copy[place] = part
                yield copy


def is_taken(column: str, rule: str | None, value: Any) -> bool:
    """Ask the CHECKs of the column, of a row that is empty but for it."""
    table, name = column.split(".")
    asked = re.sub(rf"\b{name}\b", "%(value)s::jsonb", rule or "true")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(({asked}), true) FROM (SELECT (NULL::{table}).*) AS it", {"value": json.dumps(value)}
        )
        return bool(cursor.fetchone()[0])
