"""Who the roles of the database are and what each may do, on a server of its own (roles belong to the whole server)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.backends.postgresql import base as postgresql
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from consents.core import roles
from consents.ops.embedded.server import Server
from consents.ops.postgres import base

ROOT = Path(__file__).parents[2]
SERVER = """
import sys
from pathlib import Path
from consents.ops.embedded import ensure_running
print(ensure_running(Path(sys.argv[1])).dsn("postgres", "postgres"), flush=True)
sys.stdin.read()
"""
SUPERUSER, DATABASE = "postgres", "portal"


@pytest.fixture(scope="module")
def superuser_dsn(tmp_path_factory) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path_factory.mktemp("var"))],
        cwd=ROOT,
        env=os.environ | {"PORTAL_POSTGRES_FAST": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        dsn = server.stdout.readline().strip()
        roles.prepare_roles(dsn)
        roles.create_database(dsn, DATABASE)
        with psycopg.connect(make_conninfo(dsn, user=roles.OWNER, dbname=DATABASE)) as owner:
            roles.prepare_schema(owner.cursor())
            owner.execute("CREATE TABLE letter (id bigserial, text text)")
            owner.execute("CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42'")
        yield dsn


@pytest.fixture
def connect(superuser_dsn):
    """Log in as a role; everything is undone after the test."""
    opened = []

    def login(role: str, dbname: str = DATABASE) -> psycopg.Connection:
        opened.append(psycopg.connect(make_conninfo(superuser_dsn, user=role, dbname=dbname)))
        return opened[-1]

    yield login
    for connection in opened:
        connection.rollback()
        connection.close()


@pytest.fixture
def superuser(superuser_dsn) -> Iterator[psycopg.Connection]:
    """Commits each statement; the roles are repaired after the test."""
    with psycopg.connect(superuser_dsn, dbname=DATABASE, autocommit=True) as connection:
        yield connection
    roles.prepare_roles(superuser_dsn)


def test_the_application_may_run_the_portal(connect):
    assert roles.find_role_problems(connect(roles.APP)) == []


def test_the_application_reads_and_writes_what_the_owner_makes(connect):
    app = connect(roles.APP)

    app.execute("INSERT INTO letter (text) VALUES ('hello')")
    app.execute("UPDATE letter SET text = 'bye'")
    app.execute("CREATE TEMPORARY TABLE scratch AS SELECT * FROM letter")

    assert app.execute("SELECT text FROM letter").fetchone() == ("bye",)
    assert roles.find_role_problems(app) == []  # a temporary table is no possession


def test_the_application_executes_only_what_it_is_granted_by_name(connect):
    with pytest.raises(errors.InsufficientPrivilege):
        connect(roles.APP).execute("SELECT answer()")


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine ()", "DROP TABLE letter", "TRUNCATE letter", "CREATE SCHEMA mine", "CREATE ROLE r"]
)
@pytest.mark.parametrize("role", [roles.APP, roles.BACKUP])
def test_only_the_owner_changes_the_house(connect, role, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        connect(role).execute(statement)


@pytest.mark.parametrize("role", [roles.OWNER, roles.VAULT_WRITER, SUPERUSER])
def test_the_application_cannot_become_another_role(connect, role):
    with pytest.raises(errors.InsufficientPrivilege):
        connect(roles.APP).execute(f"SET ROLE {role}")


def test_the_backup_reads_everything_and_writes_nothing(connect):
    backup = connect(roles.BACKUP)

    assert backup.execute("SELECT count(*), (SELECT last_value FROM letter_id_seq) FROM letter").fetchone()
    with pytest.raises(errors.InsufficientPrivilege):
        backup.execute("DELETE FROM letter")


def test_the_public_may_not_call_functions(connect):
    with pytest.raises(errors.InsufficientPrivilege):
        connect(roles.BACKUP).execute("SELECT answer()")


def test_the_owner_acts_as_vault_writer_only_when_it_says_so(connect):
    owner = connect(roles.OWNER)
    granted = "SELECT pg_has_role(current_user, %s, 'USAGE'), pg_has_role(current_user, %s, 'SET')"

    assert owner.execute(granted, [roles.VAULT_WRITER] * 2).fetchone() == (False, True)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        connect(roles.VAULT_WRITER)


def test_the_application_does_not_wait_for_ever(connect):
    app = connect(roles.APP)

    settings = ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout")
    assert [app.execute(f"SHOW {setting}").fetchone()[0] for setting in settings] == ["10s", "1min", "30s"]


def test_preparing_again_repairs_the_roles(superuser, superuser_dsn, connect):
    superuser.execute("ALTER ROLE portal_app SUPERUSER BYPASSRLS CREATEDB INHERIT NOLOGIN")
    superuser.execute("ALTER ROLE portal_app SET statement_timeout = 0")
    superuser.execute("ALTER ROLE portal_app IN DATABASE template1 SET search_path = pg_temp")

    roles.prepare_roles(superuser_dsn)

    app = connect(roles.APP)
    assert roles.find_role_problems(app) == []
    assert app.execute("SELECT rolcreatedb, rolinherit FROM pg_roles WHERE rolname = 'portal_app'").fetchone() == (
        False,
        False,
    )
    assert app.execute("SHOW statement_timeout").fetchone() == ("30s",)
    own = "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'portal_app'::regrole AND setdatabase <> 0"
    assert superuser.execute(own).fetchone() == (0,)


def test_passwords_reach_the_server_only_hashed(superuser, superuser_dsn):
    roles.prepare_roles(superuser_dsn, passwords={roles.APP: "it's \\ secret"})

    (stored,) = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'portal_app'").fetchone()
    assert stored.startswith("SCRAM-SHA-256$")


def test_two_that_prepare_at_once_both_succeed(superuser_dsn):
    def prepare(number: int) -> bool:
        roles.prepare_roles(superuser_dsn)
        return roles.create_database(superuser_dsn, "raced")

    with ThreadPoolExecutor(4) as four:
        assert sorted(four.map(prepare, range(4))) == [False, False, False, True]


def test_a_database_is_made_once_and_closed_to_the_public(superuser, superuser_dsn):
    name = 'an "odd" name'

    assert roles.create_database(superuser_dsn, name) is True
    assert roles.create_database(superuser_dsn, name) is False

    row = superuser.execute(
        "SELECT datdba::regrole::text, datacl::text FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    assert row == (
        "portal_owner",
        "{portal_owner=CTc/portal_owner,portal_app=Tc/portal_owner,portal_backup=c/portal_owner}",
    )


def test_preparing_a_schema_twice_changes_nothing(connect):
    owner = connect(roles.OWNER)
    rights = "SELECT array_agg(defaclacl::text ORDER BY oid) FROM pg_default_acl"
    before = owner.execute(rights).fetchone()

    roles.prepare_schema(owner.cursor())

    assert owner.execute(rights).fetchone() == before


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        (SUPERUSER, "is a superuser"),
        (roles.BACKUP, "bypasses row-level security"),
        (roles.OWNER, "owns the database portal"),
        (roles.OWNER, "can act as portal_vault_writer"),
    ],
)
def test_no_other_role_may_run_the_portal(connect, role, fault):
    """I4"""
    assert f"The portal must not run as the database role {role}: it {fault}." in roles.find_role_problems(
        connect(role)
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("GRANT portal_owner TO portal_app", "can act as portal_owner"),
        ("GRANT portal_vault_writer TO portal_app WITH INHERIT FALSE, SET FALSE", "can act as portal_vault_writer"),
        ("GRANT postgres TO portal_app", "can act as postgres"),
        ("GRANT pg_read_all_data TO portal_app", "can act as pg_read_all_data"),
        ("ALTER ROLE portal_app CREATEROLE", "may create roles"),
        ("ALTER ROLE portal_app REPLICATION", "may replicate the whole database"),
        ("ALTER TABLE letter OWNER TO portal_app", "owns the table letter"),
        ("CREATE SCHEMA taken AUTHORIZATION portal_app", "owns the schema taken"),
        ("ALTER FUNCTION answer OWNER TO portal_app", "owns the function answer()"),
    ],
)
def test_a_fault_of_the_application_role_is_named(connect, change, fault):
    """I4"""
    app = connect(SUPERUSER)
    app.execute(change)
    app.execute("SET SESSION AUTHORIZATION portal_app")

    assert f"The portal must not run as the database role portal_app: it {fault}." in roles.find_role_problems(app)


def test_switching_from_a_powerful_login_is_no_disguise(connect):
    disguised = connect(SUPERUSER)
    disguised.execute("SET ROLE portal_app")

    assert roles.find_role_problems(disguised) == [
        "The portal must not run as the database role postgres: it is a superuser."
    ]


LETS_IN = "SELECT has_database_privilege('portal_app', %s, 'CONNECT')"


@pytest.fixture
def shut(superuser, superuser_dsn) -> Iterator[str]:
    """A database that a restoration has closed to the application."""
    roles.create_database(superuser_dsn, "shut")
    superuser.execute("REVOKE CONNECT ON DATABASE shut FROM portal_app")
    yield "shut"
    superuser.execute("DROP DATABASE shut")


def test_making_roles_again_lets_nobody_into_a_database_that_was_shut(superuser, superuser_dsn, shut):
    roles.prepare_roles(superuser_dsn)
    roles.create_database(superuser_dsn, shut)

    assert superuser.execute(LETS_IN, [shut]).fetchone() == (False,)


def test_the_application_stays_in_a_database_that_was_made_by_hand(superuser, superuser_dsn):
    """It was open to everybody."""
    superuser.execute("CREATE DATABASE by_hand")

    roles.create_database(superuser_dsn, "by_hand")

    assert superuser.execute(LETS_IN, ["by_hand"]).fetchone() == (True,)
    superuser.execute("REVOKE CONNECT ON DATABASE by_hand FROM portal_app")
    assert superuser.execute(LETS_IN, ["by_hand"]).fetchone() == (False,), "by the grant alone"


def test_the_embedded_server_makes_only_what_is_missing(superuser, superuser_dsn):
    """A connection that fails is no reason to repair anything."""
    told = conninfo_to_dict(superuser_dsn)
    server = Server(Path(), Path(str(told["host"])), int(str(told["port"])))
    superuser.execute("REVOKE CONNECT ON DATABASE portal FROM portal_app")
    try:
        base.prepare_server(server, DATABASE)
        assert superuser.execute(LETS_IN, [DATABASE]).fetchone() == (False,)
    finally:
        superuser.execute("GRANT CONNECT ON DATABASE portal TO portal_app")


def test_who_finds_nothing_lacking_any_more_is_let_in(monkeypatch):
    """Of two processes that find a new server without roles, one makes them before the other looks what is lacking."""
    wrapper, tries = connections["default"].copy(), []

    def fail_once(self: Any, params: dict[str, Any]) -> Any:
        tries.append(params)
        if len(tries) == 1:
            raise psycopg.OperationalError('role "portal_app" does not exist')
        return get_new_connection(self, params)

    get_new_connection = postgresql.DatabaseWrapper.get_new_connection
    monkeypatch.setattr(postgresql.DatabaseWrapper, "get_new_connection", fail_once)
    wrapper.get_new_connection(wrapper.get_connection_params()).close()

    assert len(tries) == 2


TOLD = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}


@pytest.mark.parametrize("role", [roles.OWNER, roles.APP, roles.BACKUP])
def test_no_personal_value_reaches_the_log_of_a_talkative_server(superuser, superuser_dsn, connect, role):
    """An installed server has these settings; ours is silent already."""
    for name, value in {
        "log_error_verbosity": "verbose",
        "log_min_error_statement": "error",
        "log_parameter_max_length": "-1",
        "log_statement": "all",
    }.items():
        superuser.execute(f"ALTER DATABASE {DATABASE} SET {name} = '{value}'")
    roles.prepare_roles(superuser_dsn)
    try:
        speaking = connect(role)
        assert {name: speaking.execute(f"SHOW {name}").fetchone()[0] for name in TOLD} == TOLD
        with pytest.raises(errors.InsufficientPrivilege):
            speaking.execute(f"ALTER ROLE {role} SET log_error_verbosity = 'verbose'")
    finally:
        superuser.execute(f"ALTER DATABASE {DATABASE} RESET ALL")
