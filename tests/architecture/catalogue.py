"""What a database's catalogue says of ours, by name: definitions, owners, privileges, settings."""

import json
from typing import Any

from psycopg import Connection

TABLES = """
SELECT c.relname, jsonb_build_object('kind', relkind, 'owner', relowner::regrole::text, 'acl', acl.all_of,
    'row_security', relrowsecurity, 'forced', relforcerowsecurity, 'options', reloptions)
FROM pg_class AS c
CROSS JOIN LATERAL (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) AS a) AS acl (all_of)
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
"""
COLUMNS = """
SELECT c.relname || '.' || attname, jsonb_build_object('type', format_type(atttypid, atttypmod), 'null', NOT attnotnull,
    'identity', attidentity, 'default', pg_get_expr(adbin, adrelid), 'acl', acl.all_of)
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
CROSS JOIN LATERAL (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(attacl) AS x) AS acl (all_of)
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
CONSTRAINTS = """
SELECT conrelid::regclass || '.' || conname, jsonb_build_object('definition', pg_get_constraintdef(oid),
    'deferrable', condeferrable, 'deferred', condeferred, 'validated', convalidated)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('t', 'n') AND conrelid <> 0
"""
INDEXES = "SELECT tablename || '.' || indexname, to_jsonb(indexdef) FROM pg_indexes WHERE schemaname = 'public'"
FUNCTIONS = """
SELECT p.oid::regprocedure::text, jsonb_build_object('definition', pg_get_functiondef(p.oid),
    'owner', proowner::regrole::text, 'acl', acl.all_of, 'settings', proconfig, 'returns', prorettype::regtype::text,
    'is_definer', prosecdef)
FROM pg_proc AS p
CROSS JOIN LATERAL (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) AS a) AS acl (all_of)
WHERE prokind = 'f' AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
"""
TRIGGERS = """
SELECT tgrelid::regclass || '.' || tgname,
    jsonb_build_object('definition', pg_get_triggerdef(oid), 'enabled', tgenabled)
FROM pg_trigger WHERE NOT tgisinternal
"""
POLICIES = """
SELECT tablename || '.' || policyname, jsonb_build_object('permissive', permissive, 'roles', roles::text[], 'cmd', cmd,
    'using', qual, 'check', with_check)
FROM pg_policies
"""
VIEWS = "SELECT viewname, to_jsonb(definition) FROM pg_views WHERE schemaname = 'public'"
QUERIES = {
    "tables": TABLES,
    "columns": COLUMNS,
    "constraints": CONSTRAINTS,
    "indexes": INDEXES,
    "functions": FUNCTIONS,
    "triggers": TRIGGERS,
    "views": VIEWS,
    "policies": POLICIES,
}


def read_catalogue(database: Connection) -> dict[str, dict[str, Any]]:
    """Return each kind of thing by name; names of things on a table begin with the table's."""
    # As text: Django leaves jsonb undecoded on some connections.
    read = "SELECT name, what::text FROM ({}) AS found (name, what)"
    return {
        kind: {name: json.loads(what) for name, what in database.execute(read.format(query)).fetchall()}
        for kind, query in QUERIES.items()
    }
