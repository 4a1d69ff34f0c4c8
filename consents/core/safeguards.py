"""Read what of the database keeps the promises, record it after a migration, and compare it ever after.

The record is a table of the owner's that the application may read: `portal.safeguard`, a row for each part with the
digest of its definition. Whoever drops a policy, silences a trigger, opens a function or gives a role a setting is
named by the part that differs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from consents.core import roles

# PostgreSQL spells `x IN ('a', 'b')` with other casts and brackets once it was dumped and loaded. Few definitions have
# such brackets, and to search all of them for a pattern takes a sixth of what every program waits for as it starts.
AS_LOADED = (
    r"(SELECT CASE WHEN t LIKE '%(''%' OR t LIKE '%(ARRAY[%' THEN regexp_replace(regexp_replace(t,"
    r" '\((''[^'']*'')\)', '\1', 'g'), '\(+(ARRAY\[[^]]*\])\)+', '\1', 'g') ELSE t END"
    r" FROM (SELECT replace(replace(replace(replace({}, '::text[]', ''), '::character varying[]', ''),"
    r" '::text', ''), '::character varying', '') OFFSET 0) AS without_casts (t))"
)
SORTED = "array_to_string(ARRAY(SELECT a::text FROM unnest({}) AS a ORDER BY 1), ',')"
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
ROLE = "r.rolname ~ '^portal_'"
# Of each kind: its parts by name, each with everything about it that a promise rests on.
PARTS = {
    "database": f"""
SELECT 'this', concat_ws(' ', datdba::regrole, {SORTED.format("coalesce(datacl, acldefault('d', datdba))")})
FROM pg_database WHERE datname = current_database()""",
    "schema": f"""
SELECT nspname, concat_ws(' ', nspowner::regrole, {SORTED.format("coalesce(nspacl, acldefault('n', nspowner))")})
FROM pg_namespace AS n WHERE {OURS}""",
    "table": f"""
SELECT c.oid::regclass::text, concat_ws(' ', relkind, relowner::regrole, relrowsecurity, relforcerowsecurity,
    relispartition, reloptions,
    {SORTED.format("coalesce(relacl, acldefault((CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::\"char\", relowner))")},
    CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')""",
    "column": f"""
SELECT attrelid::regclass || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity,
    attgenerated, pg_get_expr(adbin, adrelid), {SORTED.format("attacl")})
FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid JOIN pg_namespace AS n ON n.oid = relnamespace
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped""",
    "constraint": f"""
SELECT conrelid::regclass || '.' || conname, concat_ws(' ',
    {AS_LOADED.format("pg_get_constraintdef(o.oid)")}, convalidated, (
    SELECT string_agg(tgenabled::text, '' ORDER BY tgenabled) FROM pg_trigger
    WHERE tgconstraint = o.oid AND tgisinternal))
FROM pg_constraint AS o JOIN pg_namespace AS n ON n.oid = connamespace
WHERE {OURS} AND conrelid <> 0 AND contype NOT IN ('t', 'n')""",
    "unique index": f"""
SELECT indexrelid::regclass::text, concat_ws(' ', {AS_LOADED.format("pg_get_indexdef(indexrelid)")}, indisvalid,
    indisready)
FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE {OURS} AND indisunique""",
    "trigger": f"""
SELECT tgrelid::regclass || '.' || tgname, concat_ws(' ', {AS_LOADED.format("pg_get_triggerdef(t.oid)")}, tgenabled)
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE {OURS} AND NOT tgisinternal""",
    "policy": f"""
SELECT format('%I.%I.%I', schemaname, tablename, policyname), concat_ws(' ', permissive, roles, cmd,
    {AS_LOADED.format("qual")}, {AS_LOADED.format("with_check")})
FROM pg_policies""",
    "rule": f"""
SELECT ev_class::regclass || '.' || rulename, concat_ws(' ', {AS_LOADED.format("pg_get_ruledef(w.oid)")}, ev_enabled)
FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = ev_class JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE {OURS} AND rulename <> '_RETURN'""",
    "function": f"""
SELECT p.oid::regprocedure::text, concat_ws(' ', proowner::regrole,
    {SORTED.format("coalesce(proacl, acldefault('f', proowner))")},
    CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace WHERE {OURS}""",
    # What is not as PostgreSQL came: large objects are closed, see core/roles.py.
    "function of PostgreSQL": f"""
SELECT p.oid::regprocedure::text, {SORTED.format("proacl")} FROM pg_proc AS p
LEFT JOIN pg_init_privs AS i ON i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass
WHERE pronamespace = 'pg_catalog'::regnamespace AND (proacl IS NOT NULL OR initprivs IS NOT NULL)
    AND {SORTED.format("coalesce(proacl, acldefault('f', proowner))")}
        <> {SORTED.format("coalesce(initprivs, acldefault('f', proowner))")}""",
    "default privilege": f"""
SELECT concat_ws(' ', defaclrole::regrole, nullif(defaclnamespace, 0)::regnamespace, defaclobjtype),
    {SORTED.format("defaclacl")} FROM pg_default_acl""",
    "role": f"""
SELECT rolname, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
    rolbypassrls, rolconnlimit, rolvaliduntil) FROM pg_roles AS r WHERE {ROLE}""",
    "membership": """
SELECT m.roleid::regrole || ' of ' || m.member::regrole, concat_ws(' ', admin_option, inherit_option, set_option)
FROM pg_auth_members AS m WHERE m.roleid::regrole::text ~ '^portal_' OR m.member::regrole::text ~ '^portal_'""",
    "event trigger": """
SELECT evtname, concat_ws(' ', evtevent, evtfoid::regproc, evtenabled, evttags) FROM pg_event_trigger""",
    "large object": "SELECT oid::text, lomowner::regrole::text FROM pg_largeobject_metadata",
    "extension": "SELECT extname, extversion FROM pg_extension",
    "publication": "SELECT pubname, concat_ws(' ', pubowner::regrole, puballtables) FROM pg_publication",
}
# A difference of how parts are read makes every part differ: then nothing is compared until the next migration.
EDITION = "1"
READINGS = {
    kind: f"SELECT '{kind}' AS kind, name, encode(sha256(convert_to(coalesce(definition, ''), 'UTF8')), 'hex')"
    f" AS digest FROM ({query}) AS part (name, definition)"
    for kind, query in PARTS.items()
}
READ = " UNION ALL ".join(READINGS.values())
SET_PATH = "SELECT set_config('search_path', %s, true)"
EXISTS = "SELECT to_regclass('portal.safeguard') IS NOT NULL"
# The table is taken before its privileges are: autovacuum has them the other way round, the table and then the row that
# holds its privileges, and each would wait for the other.
MAKE = """
CREATE TABLE IF NOT EXISTS portal.safeguard (kind text, name text, digest text NOT NULL, PRIMARY KEY (kind, name));
TRUNCATE portal.safeguard;
REVOKE ALL ON portal.safeguard FROM PUBLIC, {app}, {backup};
GRANT SELECT ON portal.safeguard TO {app}, {backup};
GRANT USAGE ON SCHEMA portal TO {backup};
"""
RECORD = f"INSERT INTO portal.safeguard {READ} UNION ALL SELECT 'edition', '{EDITION}', ''"
SAME_EDITION = f"SELECT EXISTS (SELECT FROM portal.safeguard WHERE kind = 'edition' AND name = '{EDITION}')"
COMPARE = f"""
SELECT kind, name, CASE WHEN now.digest IS NULL THEN 'is missing' WHEN made.digest IS NULL THEN 'is not ours'
                        ELSE 'was changed' END
FROM (SELECT * FROM portal.safeguard WHERE kind <> 'edition') AS made FULL JOIN ({READ}) AS now USING (kind, name)
WHERE made.digest IS DISTINCT FROM now.digest ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Change:
    """A part of the database that is not as the last migration left it; reads "policy … is missing"."""

    kind: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.what}"


def record_safeguards(cursor: Any) -> None:
    """Record the database as it is, as its owner, in the caller's transaction: `migrate` does, as its last step."""
    for statement in MAKE.format(app=roles.APP, backup=roles.BACKUP).strip().splitlines():
        cursor.execute(statement)
    with qualified_names(cursor):
        cursor.execute(RECORD)


def record_kinds(cursor: Any, kinds: tuple[str, ...]) -> None:
    """Record these kinds anew, after the others were found to be as recorded; all of them where nothing could be
    compared.
    """
    if not has_comparable_record(cursor):
        record_safeguards(cursor)
        return
    with qualified_names(cursor):
        cursor.execute("DELETE FROM portal.safeguard WHERE kind = ANY(%s)", [list(kinds)])
        for kind in kinds:
            cursor.execute(f"INSERT INTO portal.safeguard {READINGS[kind]}")


def has_comparable_record(cursor: Any) -> bool:
    """Return whether there is a record of this edition, to compare with."""
    cursor.execute(EXISTS)
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(SAME_EDITION)
    return bool(cursor.fetchone()[0])


def find_changes(cursor: Any, *, without: tuple[str, ...] = ()) -> list[Change]:
    """Return every part that differs from the record, but for kinds in `without`; nothing where there is no record, or
    one of another edition. Call it inside a transaction.
    """
    if not has_comparable_record(cursor):
        return []
    with qualified_names(cursor):
        cursor.execute(COMPARE)
        found = [Change(*row) for row in cursor.fetchall()]
    return [one for one in found if one.kind not in without]


@contextmanager
def qualified_names(cursor: Any) -> Iterator[None]:
    """Empty the search path inside, so that PostgreSQL spells out every name."""
    cursor.execute("SELECT current_setting('search_path')")
    (path,) = cursor.fetchone()
    cursor.execute(SET_PATH, [""])
    yield
    cursor.execute(SET_PATH, [path])


def explain_changes(changes: list[Change]) -> str:
    """Say in one sentence what differs, the first five by name."""
    named, more = "; ".join(str(change) for change in changes[:5]), len(changes) - 5
    return named + (f"; and {more} more" if more > 0 else "") + "."
