"""What the application's role sets for itself outlives its connections: it wins nowhere, and is named."""

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import errors, sql

from consents.core import roles
from consents.core.owner import as_owner
from consents.ops.embedded import ensure_running
from consents.ops.startup import check_database_role
from tests.architecture.mutation.speaking import application_speaking

SETTINGS = {"search_path": "pg_temp", "statement_timeout": "0", "default_transaction_read_only": "on"}


@pytest.mark.parametrize("name", [*SETTINGS, "lock_timeout"])
@pytest.mark.parametrize("where", ["", "IN DATABASE {}"])
def test_a_setting_of_its_own_is_named(db, name, where):
    with application_speaking() as application:
        application.execute("BEGIN")
        database = sql.SQL(where).format(sql.Identifier(connection.settings_dict["NAME"]))
        value = sql.Literal(SETTINGS.get(name, "0"))
        application.execute(sql.SQL("ALTER ROLE portal_app {} SET {} = {}").format(database, sql.SQL(name), value))
        [problem] = roles.find_role_problems(application)
        application.execute("ROLLBACK")
    assert f"has the setting {name} of its own" in problem


@pytest.fixture
def spoiled(transactional_db):
    name = sql.Identifier(connection.settings_dict["NAME"])
    with application_speaking() as application:
        for setting, value in SETTINGS.items():
            application.execute(
                sql.SQL("ALTER ROLE portal_app IN DATABASE {} SET {} = {}").format(name, sql.SQL(setting), value)
            )
        connection.close()
        yield
        application.execute(sql.SQL("ALTER ROLE portal_app IN DATABASE {} RESET ALL").format(name))
    connection.close()


def test_what_a_connection_asks_for_wins(spoiled):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('search_path'), current_setting('statement_timeout'),"
            " current_setting('default_transaction_read_only'), current_setting('transaction_isolation')"
        )
        assert cursor.fetchone() == ("public", "30s", "off", "read committed")


def test_the_portal_does_not_start_with_them(spoiled):
    with pytest.raises(ImproperlyConfigured, match="has the setting search_path of its own"):
        check_database_role()


def test_large_objects_are_nobodys():
    superuser, name = ensure_running(settings.PORTAL_VAR).dsn("postgres", "postgres"), "large_objects"
    roles.create_database(superuser, name)
    try:
        with psycopg.connect(superuser, user=roles.APP, dbname=name, autocommit=True) as application:
            for call in ("lo_create(0)", "lo_creat(-1)", "lo_from_bytea(0, 'x')", "lo_import('/etc/hosts')"):
                with pytest.raises(errors.InsufficientPrivilege):
                    application.execute(f"SELECT {call}")
    finally:
        with psycopg.connect(superuser, autocommit=True) as speaking:
            speaking.execute(f"DROP DATABASE {name}")


LEFT_BEHIND = [
    "GRANT SELECT ON TABLES TO PUBLIC",
    "IN SCHEMA public GRANT ALL ON SEQUENCES TO portal_backup",
    "REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "REVOKE USAGE ON TYPES FROM PUBLIC",
    "REVOKE ALL ON TABLES FROM portal_app",
]


def test_default_privileges_of_the_application_go_when_the_roles_are_made_again():
    superuser, name = ensure_running(settings.PORTAL_VAR).dsn("postgres", "postgres"), "default_privileges"
    roles.create_database(superuser, name)
    try:
        with psycopg.connect(superuser, user=roles.OWNER, dbname=name) as owner:
            owner.execute("GRANT USAGE ON SCHEMA public TO portal_app")
        with psycopg.connect(superuser, user=roles.APP, dbname=name) as application:
            for left in LEFT_BEHIND:
                application.execute(f"ALTER DEFAULT PRIVILEGES {left}")
        with psycopg.connect(superuser, dbname=name) as speaking:
            count = "SELECT count(*) FROM pg_default_acl WHERE defaclrole = 'portal_app'::regrole"
            assert speaking.execute(count).fetchone() == (4,)
            speaking.commit()

            roles.create_database(superuser, name)

            assert speaking.execute(count).fetchone() == (0,)
    finally:
        with psycopg.connect(superuser, autocommit=True) as speaking:
            speaking.execute(f"DROP DATABASE {name}")


def test_nobody_is_the_owner_where_no_address_of_one_is_known(monkeypatch):
    monkeypatch.setattr(settings, "DATABASE_OWNER", None)
    with pytest.raises(ImproperlyConfigured, match="Set DATABASE_OWNER_URL"), as_owner():
        pytest.fail("connected")
