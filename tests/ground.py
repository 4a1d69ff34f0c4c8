"""What is committed in the test database when a test begins: nothing, or the cast's world.

The world is built once for each worker, through the services; its rows are put back as they were where a test wants
them and they are not there. A test that rolls back leaves the ground as it found it.
"""

import pickle
from types import SimpleNamespace
from typing import Any

from psycopg import sql

from consents.core.owner import as_owner
from consents.ledger.models import Entry
from tests.cast import build_world

# TRUNCATE would make every table and index anew: fifteen times as long where nearly all are small or empty.
EMPTY = """
DO $$ DECLARE t record; BEGIN
    CREATE TEMP TABLE filled ON COMMIT DROP AS
        SELECT c.oid, c.oid::regclass::text AS name, c.relforcerowsecurity AS is_forced FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND pg_relation_size(c.oid) > 0
          AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'auth_group');
    CREATE TEMP TABLE silenced ON COMMIT DROP AS
        SELECT f.name, g.tgname, g.tgenabled FROM filled f JOIN pg_trigger g ON g.tgrelid = f.oid
        WHERE g.tgtype & 8 <> 0 AND NOT g.tgisinternal;
    FOR t IN SELECT * FROM silenced LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', t.name, t.tgname);
    END LOOP;
    FOR t IN SELECT * FROM filled WHERE is_forced LOOP
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t.name);
    END LOOP;
    FOR t IN SELECT * FROM filled LOOP
        EXECUTE format('DELETE FROM %s', t.name);
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR t IN SELECT * FROM filled WHERE is_forced LOOP
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name);
    END LOOP;
    FOR t IN SELECT s.*, CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END AS how FROM silenced s LOOP
        EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', t.name, t.how, t.tgname);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT IN
            ('django_migrations_id_seq', 'django_content_type_id_seq', 'auth_permission_id_seq', 'auth_group_id_seq');
END $$;
"""
FILLED = """
SELECT oid::regclass::text, relforcerowsecurity FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
  AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'auth_group')
ORDER BY relname <> 'procrastinate_jobs', 1 -- what points to them looks at once
"""
COUNTERS = """
SELECT sequencename, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1
"""
GUARD = "ALTER TABLE {} {} ROW LEVEL SECURITY"
ROWS = "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]')::text FROM {} AS t"
PUT_BACK = "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::{0}, {1})"
# Of what is put back, the triggers that would judge it, or write beside it. Most leave the owner alone.
AWAKE = """
SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname),
       format('ALTER TABLE %%s ENABLE %%s TRIGGER %%I', tgrelid::regclass,
           CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, tgname)
FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 4 <> 0 AND tgrelid::regclass::text = ANY (%s)
  AND pg_get_triggerdef(oid) NOT ILIKE '%%session_user%%' ORDER BY 1
"""


class Ground:
    """`is_peopled`: what stands there; None where a test left something of its own."""

    def __init__(self) -> None:
        self.is_peopled: bool | None = None
        self.world, self.script, self.entries = b"", "", 0

    def found(self) -> None:
        """Build the world for the first time. As the application, with nothing of a test's own about."""
        empty_as_owner()
        self.world = pickle.dumps(build_world())
        with as_owner() as owner, owner.cursor() as cursor:
            self.script = script_of(cursor)
        self.entries, self.is_peopled = Entry.objects.count(), True

    def cast(self) -> SimpleNamespace:
        """Everybody, as they were in the beginning; nobody else holds the same objects."""
        assert self.is_peopled
        return pickle.loads(self.world)  # noqa: S301

    def leave(self) -> None:
        self.is_peopled = None

    def lay(self, *, is_peopled: bool) -> None:
        if self.is_peopled == is_peopled and Entry.objects.count() == (self.entries if is_peopled else 0):
            return
        with as_owner() as owner, owner.cursor() as cursor:
            cursor.execute(EMPTY)
            if is_peopled:
                cursor.execute(self.script)
        self.is_peopled = is_peopled


def empty_as_owner() -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(EMPTY)


def script_of(cursor: Any) -> str:
    """What puts every row and counter back."""
    cursor.execute(FILLED)
    tables = cursor.fetchall()
    rows = {table: rows_of(cursor, table, is_forced) for table, is_forced in tables}
    filled = [(table, is_forced) for table, is_forced in tables if rows[table] != "[]"]
    cursor.execute(AWAKE, [[table for table, _is_forced in filled]])
    awake = cursor.fetchall()
    forced = [table for table, is_forced in filled if is_forced]
    begin = [silence for silence, _wake in awake] + [GUARD.format(table, "NO FORCE") for table in forced]
    put_back = [PUT_BACK.format(table, sql.Literal(rows[table]).as_string()) for table, _is_forced in filled]
    end = [GUARD.format(table, "FORCE") for table in forced] + [wake for _silence, wake in awake]
    cursor.execute(COUNTERS)
    counters = [f"SELECT setval('{name}', {value})" for name, value in cursor.fetchall()]
    # A table that a deferred check still has to look at cannot be altered.
    return ";\n".join([*begin, *put_back, *counters, "SET CONSTRAINTS ALL IMMEDIATE", *end])


def rows_of(cursor: Any, table: str, is_forced: bool) -> str:
    """As JSON; a forced table shows nothing even to its owner, but for as long as this takes."""
    if is_forced:
        cursor.execute(GUARD.format(table, "NO FORCE"))
    cursor.execute(ROWS.format(table))
    (rows,) = cursor.fetchone()
    if is_forced:
        cursor.execute(GUARD.format(table, "FORCE"))
    return str(rows)


ground = Ground()
