"""The roles of the database and what each may do; made by a superuser or an owner, never by the running system.

`postgres` only makes roles and databases. The owner migrates and owns; the application owns nothing and is under every
row policy; the backup sees every row; the vault writer is nobody's login, it owns the reviewed functions that write.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

OWNER = "portal_owner"
APP = "portal_app"
BACKUP = "portal_backup"
VAULT_WRITER = "portal_vault_writer"

# Every attribute is spelled out, so that preparing again repairs a role that somebody changed.
_ATTRIBUTES: dict[str, LiteralString] = {
    OWNER: "LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT",
    APP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT",
    BACKUP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS NOINHERIT",
    VAULT_WRITER: "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT",
}
_APP_LIMITS = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s", "statement_timeout": "30s"}
_LETS_IN = "SELECT has_database_privilege(%s, %s, 'CONNECT')"
_LOCK = 0x636F6E73656E7473  # "consents" in ASCII; any number that nobody else takes

_SCHEMA = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {backup}, {vault_writer};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {backup};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {backup};
"""

# Roles of this database that own something in it, with one example each.
_OWNERS = """
WITH owned AS (
    SELECT relowner AS owner, 'the table ' || oid::regclass AS thing FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
    UNION ALL SELECT nspowner, 'the schema ' || quote_ident(nspname) FROM pg_namespace
    UNION ALL SELECT proowner, 'the function ' || oid::regprocedure FROM pg_proc
    UNION ALL SELECT datdba, 'the database ' || quote_ident(datname) FROM pg_database WHERE datname = current_database()
), owners AS (
    SELECT owner, min(thing) AS thing FROM owned GROUP BY owner
)
"""
_SELF = (
    _OWNERS
    + """
SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, thing
FROM pg_roles LEFT JOIN owners ON owner = pg_roles.oid
WHERE rolname IN (session_user, current_user) ORDER BY rolname
"""
)
_MEMBERSHIPS = (
    _OWNERS
    + f"""
SELECT DISTINCT self.rolname, other.rolname
FROM pg_roles self JOIN pg_roles other
  ON other.oid <> self.oid AND pg_has_role(self.oid, other.oid, 'MEMBER')
LEFT JOIN owners ON owner = other.oid
WHERE self.rolname IN (session_user, current_user) AND NOT self.rolsuper AND other.rolname <> 'pg_database_owner'
  AND (other.rolsuper OR other.rolbypassrls OR other.rolcreaterole OR other.rolreplication OR thing IS NOT NULL
       OR other.rolname IN ('{OWNER}', '{BACKUP}', '{VAULT_WRITER}')
       OR other.rolname ~ '^pg_(read|write|execute)_')
ORDER BY 1, 2
"""
)


def prepare(superuser_dsn: str, *, passwords: dict[str, str] | None = None) -> None:
    """Make the roles, or repair them; harmless to repeat, and safe for two at once that name the same database."""
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for role, attributes in _ATTRIBUTES.items():
            _make_role(connection, role, attributes)
        _execute(connection, "GRANT {vault_writer} TO {owner} WITH INHERIT FALSE, SET TRUE")
        for name, value in _APP_LIMITS.items():
            _execute(connection, "ALTER ROLE {app} SET {name} = {value}", name=Identifier(name), value=Literal(value))
        for role, password in (passwords or {}).items():
            _set_password(connection, role, password)


def create_database(superuser_dsn: str, name: str) -> bool:
    """Make the database, owned by the owner and closed to the public; False if it was there already.

    Of one that was there the application keeps what it could: where a restoration has shut it out, it stays out.
    """
    # CREATE DATABASE refuses to run in a transaction, so the lock is the session's.
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        made = not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        lets_in = made or connection.execute(_LETS_IN, [APP, name]).fetchone() == (True,)
        statements: list[LiteralString] = [
            *(["CREATE DATABASE {name} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0"] if made else []),
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "GRANT TEMPORARY ON DATABASE {name} TO {app}, {backup}",
            "GRANT CONNECT ON DATABASE {name} TO {backup}",
            *(["GRANT CONNECT ON DATABASE {name} TO {app}"] if lets_in else []),
        ]
        for statement in statements:
            _execute(connection, statement, name=Identifier(name))
        return made


def prepare_schema(cursor: Any) -> None:
    """Close the schema and say what later tables and functions allow; the owner runs it before migrating a database.

    It covers only what the current role makes from now on: a migration takes back what a table must not allow.
    """
    names = {"app": APP, "backup": BACKUP, "vault_writer": VAULT_WRITER}
    for statement in _SCHEMA.format(**names).strip().splitlines():
        cursor.execute(statement)


def problems(connection: Any) -> list[str]:
    """Why the portal must not run as the connected role, in sentences; empty if it may.

    Takes a Django connection or one of psycopg. Looks at the login and at the role it may have switched to.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SELF)
        found = [(role, fault) for role, *signs in cursor.fetchall() for fault in _faults(*signs)]
        cursor.execute(_MEMBERSHIPS)
        found += [(role, f"can act as {other}") for role, other in cursor.fetchall()]
    return [f"The portal must not run as the database role {role}: it {fault}." for role, fault in found]


def _faults(superuser: bool, bypass: bool, makes_roles: bool, replicates: bool, owned: str | None) -> list[str]:
    if superuser:  # which has all the other faults too
        return ["is a superuser"]
    faults = {
        "bypasses row-level security": bypass,
        "may create roles": makes_roles,
        "may replicate the whole database": replicates,
        f"owns {owned}": owned,
    }
    return [fault for fault, is_so in faults.items() if is_so]


def _make_role(connection: psycopg.Connection, role: str, attributes: LiteralString) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    statement: LiteralString = "ALTER ROLE {role} " if exists else "CREATE ROLE {role} "
    _execute(connection, statement + attributes, role=Identifier(role))


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    # Hashed here, so that the server never sees it and cannot log it.
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    _execute(connection, "ALTER ROLE {role} PASSWORD {hashed}", role=Identifier(role), hashed=Literal(hashed))


def _execute(connection: psycopg.Connection, statement: LiteralString, **parts: Composable) -> None:
    names = {"owner": OWNER, "app": APP, "backup": BACKUP, "vault_writer": VAULT_WRITER}
    parts |= {key: Identifier(name) for key, name in names.items()}
    connection.execute(SQL(statement).format(**parts))
