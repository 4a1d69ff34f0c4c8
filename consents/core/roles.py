"""Make the database roles and say what each may do; run by a superuser or an owner, never by the running system.

`postgres` only makes roles and databases. The owner migrates and owns. The application owns nothing and is subject to
every row policy. The backup sees every row. The vault writer is no one's login; it owns the reviewed functions that
write.
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
# No personal value in the server's log: neither a row (DETAIL), nor a statement, nor a parameter. Only a superuser may
# set these, and so the role cannot take them back; the last is any role's own.
_SILENCE = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# What each connection of the application asks for itself: it wins over whatever the role has set for itself with
# ALTER ROLE, which would last over restarts.
_OF_EACH_CONNECTION = _APP_LIMITS | {
    # A machine that vanished holds its locks for a minute and not for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "row_security": "on",
    "search_path": "public",
    "standard_conforming_strings": "on",
    "synchronous_commit": "on",
    "transaction_timeout": "0",
}
APP_OPTIONS = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in _OF_EACH_CONNECTION.items())
_SETTINGS = """
SELECT rolname, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole CROSS JOIN unnest(setconfig) AS setting
WHERE rolname IN (session_user, current_user)
    AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1, 2
"""
# Whoever makes large objects fills the disk past every rule, and nobody but they and a superuser can dump them.
_LARGE_OBJECT_FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^(lo_|lowrite$|loread$)' ORDER BY 1
"""
# What the application has left for its own later objects; as PostgreSQL came, it has nothing of that kind.
_DEFAULTS = """
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %%I %%s %%s ALL ON %%s %%s', %(role)s::text,
              CASE WHEN n.nspname IS NOT NULL THEN format('IN SCHEMA %%I', n.nspname) END, verb, things, whom)
FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS'),
             ('L', 'LARGE OBJECTS')) AS t (kind, things) ON t.kind = d.defaclobjtype::text
CROSS JOIN LATERAL (
    SELECT DISTINCT 1 AS step, 'REVOKE' AS verb,
           'FROM ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(a.grantee::regrole::text) END AS whom
    FROM aclexplode(d.defaclacl) AS a
    UNION ALL SELECT 2, 'GRANT', 'TO ' || quote_ident(%(role)s) WHERE d.defaclnamespace = 0
    UNION ALL SELECT 2, 'GRANT', 'TO PUBLIC' WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('f', 'T')) AS s
WHERE d.defaclrole = %(role)s::text::regrole ORDER BY d.oid, step
"""
_LETS_IN = "SELECT has_database_privilege(%s, %s, 'CONNECT')"
_LOCK = 0x636F6E73656E7473  # "consents" in ASCII; any number that nobody else takes

_SCHEMA = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {backup}, {vault_writer};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {backup};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {backup};
"""

# Of the roles that this session can act as, those that own something in the database, with one example each. No other
# owner is asked for: to spell every table and function out costs more than all else that a program asks as it starts.
_OWNERS = """
WITH own AS (
    SELECT oid FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER') OR pg_has_role(current_user, oid, 'MEMBER')
), owned AS (
    SELECT relowner AS owner, 'the table ' || oid::regclass AS thing FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't' AND relowner IN (TABLE own)
    UNION ALL SELECT nspowner, 'the schema ' || quote_ident(nspname) FROM pg_namespace WHERE nspowner IN (TABLE own)
    UNION ALL SELECT proowner, 'the function ' || oid::regprocedure FROM pg_proc WHERE proowner IN (TABLE own)
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


def prepare_roles(superuser_dsn: str, *, passwords: dict[str, str] | None = None) -> None:
    """Make the roles, or repair them. Harmless to repeat, and safe for two processes that name the same database."""
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for role, attributes in _ATTRIBUTES.items():
            exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            statement: LiteralString = "ALTER ROLE {role} " if exists else "CREATE ROLE {role} "
            _execute(connection, statement + attributes, role=Identifier(role))
        _execute(connection, "GRANT {vault_writer} TO {owner} WITH INHERIT FALSE, SET TRUE")
        _forget_own_settings(connection)
        for name, value in _APP_LIMITS.items():
            _execute(connection, "ALTER ROLE {app} SET {name} = {value}", name=Identifier(name), value=Literal(value))
        for role in (OWNER, APP, BACKUP):
            for name, value in _SILENCE.items():
                parts = {"role": Identifier(role), "name": Identifier(name), "value": Literal(value)}
                _execute(connection, "ALTER ROLE {role} SET {name} = {value}", **parts)
        for role, password in (passwords or {}).items():
            hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            _execute(connection, "ALTER ROLE {role} PASSWORD {hashed}", role=Identifier(role), hashed=Literal(hashed))


def create_database(superuser_dsn: str, name: str) -> bool:
    """Make the database, owned by the owner and closed to the public; return False if it existed already.

    An existing database keeps what the application could do: if a restoration has shut it out, it stays out.
    """
    # CREATE DATABASE refuses to run in a transaction, so the lock is the session's.
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        is_new = not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        lets_in = is_new or connection.execute(_LETS_IN, [APP, name]).fetchone() == (True,)
        statements: list[LiteralString] = [
            *(["CREATE DATABASE {name} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0"] if is_new else []),
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "GRANT TEMPORARY ON DATABASE {name} TO {app}",
            "GRANT CONNECT ON DATABASE {name} TO {backup}",
            *(["GRANT CONNECT ON DATABASE {name} TO {app}"] if lets_in else []),
        ]
        for statement in statements:
            _execute(connection, statement, name=Identifier(name))
    repair_database(superuser_dsn, name)
    return is_new


def repair_database(superuser_dsn: str, name: str) -> None:
    """Let nobody but a superuser make or read large objects in this database: the portal has none. Take back the
    default privileges that the application has left in it."""
    with psycopg.connect(superuser_dsn, dbname=name) as connection:
        if connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() != (True,):
            return  # tests make databases as the owner, who may not
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for (function,) in connection.execute(_LARGE_OBJECT_FUNCTIONS).fetchall():
            connection.execute(SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(SQL(function)))
        for (statement,) in connection.execute(_DEFAULTS, {"role": APP}).fetchall():
            connection.execute(SQL(statement))


def prepare_schema(cursor: Any) -> None:
    """Close the schema and set the privileges of later tables and functions; the owner runs it before migrating.

    It covers only what the current role makes from now on: a migration revokes what a table must not allow.
    """
    names = {"app": APP, "backup": BACKUP, "vault_writer": VAULT_WRITER}
    for statement in _SCHEMA.format(**names).strip().splitlines():
        cursor.execute(statement)


def find_role_problems(connection: Any) -> list[str]:
    """Return, in sentences, why the portal must not run as the connected role; empty if it may.

    Takes a Django or a psycopg connection. Checks the login and the role it may have switched to.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SELF)
        problems = [(role, fault) for role, *signs in cursor.fetchall() for fault in _faults(*signs)]
        cursor.execute(_MEMBERSHIPS)
        problems += [(role, f"can act as {other}") for role, other in cursor.fetchall()]
        cursor.execute(_SETTINGS)
        given = _APP_LIMITS | _SILENCE
        problems += [
            (role, f"has the setting {name} of its own (make_roles takes it back)")
            for role, name, value in cursor.fetchall()
            if given.get(name) != value
        ]
    return [f"The portal must not run as the database role {role}: it {fault}." for role, fault in problems]


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


def _forget_own_settings(connection: psycopg.Connection) -> None:
    """Take back what the application has set for itself, in every database: we set ours anew."""
    _execute(connection, "ALTER ROLE {app} RESET ALL")
    databases = (
        "SELECT datname FROM pg_db_role_setting JOIN pg_database AS d ON d.oid = setdatabase"
        " WHERE setrole = %s::regrole"
    )
    for (name,) in connection.execute(databases, [APP]).fetchall():
        _execute(connection, "ALTER ROLE {app} IN DATABASE {name} RESET ALL", name=Identifier(name))


def _execute(connection: psycopg.Connection, statement: LiteralString, **parts: Composable) -> None:
    names = {"owner": OWNER, "app": APP, "backup": BACKUP, "vault_writer": VAULT_WRITER}
    parts |= {key: Identifier(name) for key, name in names.items()}
    connection.execute(SQL(statement).format(**parts))
