"""Try what a part forbids: by its room, or for keys, privileges and CHECKs by a plain row."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.architecture.mutation.attempts import (
    access,
    breaches,
    catalogue,
    choices,
    copies,
    disclosures,
    exemptions,
    exports,
    insights,
    ledger,
    notifications,
    of_customers,
    own_matters,
    people,
    rights,
    training,
    vault,
)
from tests.architecture.mutation.attempts.statements import NOWHERE, STORE, TOLD
from tests.architecture.mutation.parts import Part
from tests.architecture.mutation.speaking import Statement, Voice, outcome

ROOMS = (
    *(access, breaches, catalogue, choices, copies, disclosures, exemptions, exports, insights, ledger, notifications),
    *(people, rights, training, vault, of_customers, own_matters),
)

# What the database says to each of these statements; nothing of it stays.
SAY_ALL = """
CREATE FUNCTION pg_temp.say_all(statements text[], is_enough text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    said text[] := '{}';
    statement text;
    answer text;
    refused_by text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            IF statement LIKE 'SELECT %' THEN EXECUTE statement INTO answer; ELSE EXECUTE statement; END IF;
            SET CONSTRAINTS ALL IMMEDIATE;
            RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = concat('allowed ', answer);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS refused_by = CONSTRAINT_NAME;
            said := said || concat_ws(' ', SQLSTATE, coalesce(nullif(refused_by, ''), SQLERRM));
            EXIT WHEN refused_by = is_enough;
        END;
    END LOOP;
    RETURN said;
END $$
"""
# What is asked through the portal's own connection sees only what is committed.
SEEN_BY_THE_PORTAL = {"vault_record_read gone", "vault_record_count gone"}


def merge_rooms(name: str) -> dict[str, Any]:
    """Merge what each room says by part under this name; no two say something of the same part."""
    merged = [one for room in ROOMS for one in getattr(room, name, {}).items()]
    assert len(dict(merged)) == len(merged)
    return dict(merged)


BREAKS, DIFFERING, NAMED = map(merge_rooms, ("BREAKS", "DIFFERING", "NAMED"))


def attempt(part: Part, application: Voice, owner: Voice, scene: SimpleNamespace) -> Callable[[], str]:
    """Trying what the part forbids, ready to be done. Raises KeyError for a part that nobody has thought of."""
    if part.kind == "trigger" and part.name.endswith(("_append_only", "_no_truncate")):
        statements = as_owner(part)
        return lambda: outcome(owner, *statements)
    if part.kind in ("policy", "security", "trigger"):
        named = NAMED[part.name]
        return lambda: named(application, owner, scene)
    if part.table == "vault_record":
        return lambda: outcome(application, TOLD, STRAY[part.name.split("_fk_")[1]])
    if part.kind == "check":
        return lambda: row_by_row(part, owner, f"UPDATE {part.table} SET {BREAKS[part.name]}")
    if part.kind == "foreign":
        pointless = nowhere(part, owner)
        return lambda: outcome(owner, untriggered(part), pointless)
    copying = copy(owner, part.table, DIFFERING.get(part.name, {}))
    return lambda: row_by_row(part, owner, copying)


def as_owner(part: Part) -> list[Statement]:
    if part.name.endswith("_no_truncate"):
        return [f"TRUNCATE {part.table} CASCADE"]
    return [f"DELETE FROM {part.table}"]


def trespass(part: Part, first: str) -> str:
    """The plainest statement that needs the privilege, on that table or sequence alone. `first`: a column."""
    table = part.table
    if part.kind == "column":
        privilege, column = part.name.split()
        if privilege == "UPDATE":
            return f'UPDATE {table} SET "{column}" = "{column}" WHERE false'
        return f'INSERT INTO {table} ("{column}") SELECT "{column}" FROM {table} WHERE false'
    if part.kind == "sequence":
        return f"SELECT nextval('{table}')"
    return {
        "SELECT": f"SELECT count(*) FROM {table}",
        "INSERT": f"INSERT INTO {table} SELECT * FROM {table} WHERE false",
        "UPDATE": f"UPDATE {table} SET {first} = {first} WHERE false",
        "DELETE": f"DELETE FROM {table} WHERE false",
        "TRUNCATE": f"TRUNCATE {table}",
        "TRIGGER": f"CREATE TRIGGER mine BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        # No statement of somebody who may create nothing needs these two.
        "REFERENCES": f"SELECT has_table_privilege(current_user, '{table}', 'REFERENCES')",
        "MAINTAIN": f"SELECT has_table_privilege(current_user, '{table}', 'MAINTAIN')",
    }[part.name]


def say_all(application: Voice, statements: list[str]) -> list[str]:
    """What is said to each."""
    application.execute("BEGIN")
    try:
        return application.execute("SELECT pg_temp.say_all(%s, NULL)", [statements]).fetchone()[0]
    finally:
        application.execute("ROLLBACK")


def untriggered(part: Part) -> Statement:
    """So that no trigger refuses first what a constraint is asked about."""
    return f"ALTER TABLE {part.table} DISABLE TRIGGER USER"


def row_by_row(part: Part, owner: Voice, breaking: str) -> str:
    """How a rule refuses the first row that it is the one to refuse; else everything that was said to any row.

    One row at a time: all at once, or any one, would be answered for whichever row happens to lie first on the disk.
    """
    places = owner.execute(f"SELECT ctid::text FROM {part.table}").fetchall()
    statements = [f"{breaking} WHERE ctid = '{place}'" for (place,) in places]
    return outcome(owner, untriggered(part), ("SELECT pg_temp.say_all(%s, %s)", [statements, part.name]))


def nowhere(part: Part, owner: Voice) -> Statement:
    """One row that points to nothing; none that another row points at by the same column, which would refuse first."""
    column, kind = owner.execute(
        "SELECT a.attname, a.atttypid::regtype::text FROM pg_constraint AS o"
        " JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1] WHERE o.conname = %s",
        [part.name],
    ).fetchone()
    pointing = owner.execute(
        "SELECT i.conrelid::regclass::text, a.attname FROM pg_constraint AS o"
        " JOIN pg_constraint AS i ON i.contype = 'f' AND i.confrelid = o.conrelid AND i.confkey[1] = o.conkey[1]"
        " JOIN pg_attribute AS a ON a.attrelid = i.conrelid AND a.attnum = i.conkey[1] WHERE o.conname = %s",
        [part.name],
    ).fetchall()
    target = NOWHERE if kind == "uuid" else "-1"
    free = [f"NOT EXISTS (SELECT FROM {table} AS p WHERE p.{by} = t.{column})" for table, by in pointing]
    wanted = " AND ".join([f"t.{column} IS NOT NULL", *free])
    one = f"ctid = (SELECT t.ctid FROM {part.table} AS t WHERE {wanted} LIMIT 1)"
    return f"UPDATE {part.table} SET {column} = '{target}' WHERE {one}"


def copy(owner: Voice, table: str, changes: dict[str, Any]) -> str:
    """One more row like those there are, with a primary key of its own and these values."""
    key, kind = owner.execute(
        "SELECT a.attname, a.atttypid::regtype::text FROM pg_constraint AS o"
        " JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]"
        " WHERE o.conrelid = %s::regclass AND o.contype = 'p'",
        [table],
    ).fetchone()
    changes = {key: NOWHERE if kind == "uuid" else 987654321} | changes
    populated = f"jsonb_populate_record(NULL::{table}, to_jsonb(r) || '{json.dumps(changes)}')"
    return f"INSERT INTO {table} SELECT ({populated}).* FROM {table} AS r"


# Even the owner sees no row of the vault to change: its foreign keys are tried by the function that writes.
STRAY = {
    "catalogue_category_id": STORE.replace("ARRAY(SELECT id FROM catalogue_category LIMIT 1)", "ARRAY[-1::bigint]"),
}
