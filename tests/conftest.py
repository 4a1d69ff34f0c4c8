"""The ground of every test: a real PostgreSQL, and the application's own role.

`--times N` repeats what luck decides (tests/races, tests/faults), each time with other dice; `--seed` throws the same.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import translation
from psycopg.pq import TransactionStatus

from consents.core import roles
from consents.core.owner import as_owner, move_clock
from consents.rebuilding import Difference, differences

pytest_plugins = ["tests.cast"]
REPEATED = {"races", "faults"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=int, default=1, metavar="N", help="repeat every race and fault so often (1)")
    parser.addoption("--seed", type=int, default=1, metavar="N", help="of the dice in races and models (1)")


def pytest_report_header(config: pytest.Config) -> str:
    return f"dice: --seed {config.getoption('seed')} --times {config.getoption('times')}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    times = metafunc.config.getoption("times")
    if times > 1 and REPEATED & set(metafunc.definition.path.parts):
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", range(1, times + 1), ids=lambda turn: f"turn{turn}")


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """The same throws for the same test, turn and --seed."""
    return random.Random(f"{request.config.getoption('seed')} {request.node.nodeid}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Create and migrate the test database as its owner."""
    connections["default"].settings_dict |= {"USER": roles.OWNER, "OPTIONS": {}}


@pytest.fixture(scope="session", autouse=True)
def as_application(django_db_setup: None, django_db_blocker, django_db_modify_db_settings: None) -> Iterator[None]:
    """From here on every test is the application role; the owner returns only to drop the database."""
    default = connections["default"]
    app = {"USER": roles.APP, "OPTIONS": settings.PREPARED}
    with django_db_blocker.unblock():
        default.close()
        default.settings_dict |= app
        assert roles.problems(default) == []
    yield
    with django_db_blocker.unblock():
        default.close()
        default.settings_dict |= {"USER": roles.OWNER, "OPTIONS": {}}


@pytest.fixture(scope="session", autouse=True)
def journal_of_their_own(tmp_path_factory) -> None:
    settings.PORTAL_JOURNAL = tmp_path_factory.mktemp("journal")


@pytest.fixture(scope="session", autouse=True)
def exports_of_their_own(tmp_path_factory) -> None:
    settings.PORTAL_EXPORTS = tmp_path_factory.mktemp("exports")


@pytest.fixture(autouse=True)
def in_english() -> None:
    """Each test begins so; what a page was last asked for in stays active in its thread."""
    translation.activate(settings.LANGUAGE_CODE)


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


def empty_as_owner() -> None:
    with as_owner() as owner_connection, owner_connection.cursor() as cursor:
        cursor.execute(EMPTY)


# Django would flush as the application role, which may neither TRUNCATE nor delete.
TransactionTestCase._fixture_teardown = lambda self: empty_as_owner()


def is_aborted() -> bool:
    """The test's transaction ended in an error: nothing of it stays, and nothing can be asked."""
    now = connection.connection and connection.connection.info.transaction_status
    return connection.needs_rollback or now == TransactionStatus.INERROR


USES_DATABASE = {"db", "transactional_db", "live_server"}


@pytest.fixture(autouse=True)
def state_is_what_the_ledger_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did through the portal: at its end every choice, request and grant follows from the ledger.

    Not where the test forces rows behind the ledger's back and says so (`forced`).
    """
    marked = {marker.name for marker in request.node.iter_markers()}
    if "django_db" not in marked and USES_DATABASE.isdisjoint(request.fixturenames):
        yield
        return
    request.getfixturevalue("_django_db_helper")  # so that this ends before the reset
    yield
    if "forced" not in marked and not is_aborted():
        assert [found for found in differences() if isinstance(found, Difference)] == []


@pytest.fixture
def later(transactional_db: None) -> Iterator:
    """`later(timedelta)`: the database's clock runs ahead for everybody, until the test ends."""

    def move(by: timedelta) -> None:
        with as_owner() as owner_connection:
            move_clock(owner_connection, by)
        connection.close()

    yield move
    move(timedelta(0))
