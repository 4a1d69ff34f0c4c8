"""What of the database keeps a promise, read from its catalogue; how to take each part away."""

from dataclasses import dataclass

from django.apps import apps
from psycopg import Connection

RIGHTS = ("privilege", "column", "sequence")  # what the application does not have
PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"]


@dataclass(frozen=True)
class Part:
    """`kind` is policy, trigger, check, unique, exclude, foreign, security, privilege, column or sequence. `restore` is
    for what is committed."""

    kind: str
    table: str
    name: str
    remove: str
    restore: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.table} {self.name}"


def our_tables() -> list[str]:
    models = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("consents.")]
    return sorted(model._meta.db_table for model in models if model._meta.managed)


def parts(owner: Connection) -> list[Part]:
    finders = [policies, security, triggers, constraints, unique_indexes, privileges, columns, sequences]
    return [part for find in finders for part in find(owner, our_tables())]


def policies(owner: Connection, tables: list[str]) -> list[Part]:
    """Each removed; and each that reads, opened to everybody."""
    found = owner.execute(
        "SELECT tablename, policyname, permissive, cmd, array_to_string(roles, ', '), qual, with_check FROM pg_policies"
        " WHERE tablename = ANY(%s) ORDER BY 1, 2",
        [tables],
    ).fetchall()
    made = []
    for table, name, permissive, command, roles, using, check in found:
        whole = f"CREATE POLICY {name} ON {table} AS {permissive} FOR {command} TO {roles}"
        whole += (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        made.append(Part("policy", table, f"{name} gone", f"DROP POLICY {name} ON {table}", whole))
        if using and using != "true":
            opened = f"ALTER POLICY {name} ON {table} USING (true)"
            made.append(Part("policy", table, f"{name} open", opened))
    return made


def security(owner: Connection, tables: list[str]) -> list[Part]:
    found = owner.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relforcerowsecurity", [tables])
    return [
        Part("security", table, word, f"ALTER TABLE {table} {off}")
        for (table,) in found.fetchall()
        for word, off in [("ENABLE", "DISABLE ROW LEVEL SECURITY"), ("FORCE", "NO FORCE ROW LEVEL SECURITY")]
    ]


def triggers(owner: Connection, tables: list[str]) -> list[Part]:
    found = owner.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND c.relname = ANY(%s) ORDER BY 1, 2",
        [tables],
    )
    return [
        Part("trigger", table, name, f"ALTER TABLE {table} DISABLE TRIGGER {name}") for table, name in found.fetchall()
    ]


KINDS = {"c": "check", "u": "unique", "x": "exclude", "f": "foreign"}


def constraints(owner: Connection, tables: list[str]) -> list[Part]:
    found = owner.execute(
        "SELECT c.relname, o.contype::text, o.conname FROM pg_constraint AS o"
        " JOIN pg_class AS c ON c.oid = o.conrelid WHERE c.relname = ANY(%s) AND o.contype IN ('c', 'u', 'x', 'f')"
        " ORDER BY 2, 1, 3",
        [tables],
    )
    return [
        Part(KINDS[kind], table, name, f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for table, kind, name in found.fetchall()
    ]


def unique_indexes(owner: Connection, tables: list[str]) -> list[Part]:
    """Those with a condition: they are no constraints."""
    found = owner.execute(
        "SELECT t.relname, n.relname FROM pg_index AS i"
        " JOIN pg_class AS t ON t.oid = i.indrelid"
        " JOIN pg_class AS n ON n.oid = i.indexrelid WHERE i.indisunique AND t.relname = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = n.oid)",
        [tables],
    )
    return [Part("unique", table, name, f"DROP INDEX {name}") for table, name in found.fetchall()]


def privileges(owner: Connection, tables: list[str]) -> list[Part]:
    """Whatever the application role may not do to a table. Where it may write some columns, see `columns`."""
    found = owner.execute(
        "SELECT t, p FROM unnest(%s::text[]) AS t CROSS JOIN unnest(%s::text[]) AS p"
        " WHERE NOT has_table_privilege('portal_app', t, p)"
        " AND NOT (p IN ('INSERT', 'UPDATE') AND has_any_column_privilege('portal_app', t, p)) ORDER BY 2, 1",
        [tables, PRIVILEGES],
    )
    return [Part("privilege", t, p, f"GRANT {p} ON {t} TO portal_app") for t, p in found.fetchall()]


def columns(owner: Connection, tables: list[str]) -> list[Part]:
    """Columns the application role may not set in tables where it may insert or update others."""
    found = owner.execute(
        "SELECT t, a.attname, p FROM unnest(%s::text[]) AS t CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE']) AS p"
        " JOIN pg_attribute AS a ON a.attrelid = t::regclass"
        " WHERE a.attnum > 0 AND NOT a.attisdropped AND has_any_column_privilege('portal_app', t, p)"
        " AND NOT has_column_privilege('portal_app', t, a.attname, p) ORDER BY 3, 1, 2",
        [tables],
    )
    return [
        Part(
            "column",
            table,
            f"{privilege} {column}",
            f"GRANT {privilege} ({column}) ON {table} TO portal_app",
        )
        for table, column, privilege in found.fetchall()
    ]


def list_columns(owner: Connection) -> dict[str, str]:
    """Return the first column of each table."""
    found = owner.execute(
        "SELECT DISTINCT ON (attrelid) attrelid::regclass::text, quote_ident(attname) FROM pg_attribute"
        " WHERE attrelid::regclass::text = ANY (%s) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum",
        [our_tables()],
    )
    return dict(found.fetchall())


def sequences(owner: Connection, tables: list[str]) -> list[Part]:
    found = owner.execute(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
        " AND NOT has_sequence_privilege('portal_app', quote_ident(sequencename), 'USAGE')"
    )
    return [
        Part("sequence", name, "USAGE", f"GRANT USAGE ON SEQUENCE {name} TO portal_app") for (name,) in found.fetchall()
    ]
