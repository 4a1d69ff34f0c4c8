"""History is not edited: refused through the model, the query set and raw SQL, whatever the session sets."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import errors

from consents.core.append_only import AppendOnlyViolation
from consents.ledger.models import Entry
from tests.ledger.forging import append, refused

APPEND_ONLY_TABLES = """
SELECT c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE t.tgname LIKE '%\\_append\\_only' AND NOT t.tgisinternal ORDER BY 1
"""


@pytest.fixture
def entry(db: None) -> Entry:
    return Entry.objects.get(pk=append(uuid4()))


def test_an_entry_cannot_be_changed_through_its_model(entry):
    entry.event = "thing.unhappened"
    for act in (entry.save, entry.delete):
        with pytest.raises(AppendOnlyViolation):
            act()


def test_the_query_set_refuses(entry):
    with pytest.raises(AppendOnlyViolation):
        Entry.objects.update(event="x")
    with pytest.raises(AppendOnlyViolation):
        Entry.objects.all().delete()


def test_the_model_adds_nothing_by_itself(entry):
    entry.pk, entry.sequence = None, 2
    entry._state.adding = True
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
        "UPDATE ledger_entry SET event = 'x'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "MERGE INTO ledger_entry AS e USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        "COPY ledger_entry FROM '/dev/null'",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only",
        "DROP TABLE ledger_entry",
        "SELECT nextval('ledger_entry_id_seq')",
        "INSERT INTO ledger_chainhead VALUES ('company', 9, '')",
        "UPDATE ledger_chainhead SET sequence = 0",
        "DELETE FROM ledger_chainhead",
        "SELECT * FROM ledger_chainhead FOR UPDATE",
    ],
)
def test_an_entry_cannot_be_changed_in_raw_sql(entry, statement):
    """I18: no application role can UPDATE, DELETE, TRUNCATE or back-date a ledger row."""
    assert isinstance(refused(statement), errors.InsufficientPrivilege)


@pytest.mark.parametrize("value", ["replica", "local"])
def test_triggers_cannot_be_silenced(entry, value):
    assert isinstance(refused(f"SET session_replication_role = {value}"), errors.InsufficientPrivilege)


def append_only_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(APPEND_ONLY_TABLES)
        return [name for (name,) in cursor.fetchall()]


def test_every_append_only_table_refuses_the_application(db):
    tables = append_only_tables()
    assert {"ledger_entry", "access_answer", "disclosures_opening", "exports_export"} <= set(tables)
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table])
            (column,) = cursor.fetchone()
        for statement in (
            f'UPDATE {table} SET "{column}" = "{column}"',
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert isinstance(refused(statement), errors.InsufficientPrivilege), statement


def test_every_append_only_table_keeps_its_triggers_always_on(db):
    for table in append_only_tables():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname, tgenabled::text FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = ANY (%s)",
                [table, [f"{table}_append_only", f"{table}_no_truncate"]],
            )
            assert dict(cursor.fetchall()) == {f"{table}_append_only": "A", f"{table}_no_truncate": "A"}
