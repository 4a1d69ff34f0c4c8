"""The rules in force are the ones in `sql/`: the migrations end in exactly what the models and the SQL files say."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from psycopg import Connection, connect, conninfo

from consents.core import roles
from consents.core.owner import ENABLE_ALWAYS, LATE_BINDING, as_owner, read_rules
from tests.architecture.catalogue import read_catalogue
from tests.architecture.mutation.speaking import owner_speaking

pytestmark = pytest.mark.django_db


def rooms() -> list[Path]:
    """Return the folders of the rooms that have rules, lower rooms first."""
    folders = {config.name: Path(config.path) for config in apps.get_app_configs()}
    return [folders[name] for name in settings.ROOMS if (folders[name] / "sql").is_dir()]


@contextmanager
def database_from_models() -> Iterator[Connection]:
    """A database that saw none of our migrations: tables as the models say, then the SQL files of each room."""
    name = f"{connection.settings_dict['NAME']}_models"
    with owner_speaking() as owner:
        address = conninfo.make_conninfo(owner.info.dsn, dbname="postgres")
        owner.execute(f"DROP DATABASE IF EXISTS {name}")
    roles.create_database(address, name)
    try:
        with connect(address, dbname=name, autocommit=True) as speaking:
            core, *others = rooms()
            with speaking.cursor() as cursor:
                roles.prepare_schema(cursor)
            apply(core, speaking)
            make_tables(name)
            for room in others:
                apply(room, speaking)
            yield speaking
    finally:
        with owner_speaking() as owner:
            owner.execute(f"DROP DATABASE {name}")


@contextmanager
def database_from_migrations() -> Iterator[Connection]:
    """A copy of the one that all tests begin with: others take rules out of their own and put them back as read."""
    name = f"{connection.settings_dict['NAME']}_migrated"
    with owner_speaking() as owner:
        address = conninfo.make_conninfo(owner.info.dsn, dbname="postgres")
        template = connection.settings_dict["TEST"]["TEMPLATE"]
        with connect(address, autocommit=True) as maintaining:
            maintaining.execute(f"DROP DATABASE IF EXISTS {name}")
            maintaining.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        with connect(address, dbname=name, autocommit=True) as speaking:
            yield speaking
    finally:
        with connect(address, autocommit=True) as maintaining:
            maintaining.execute(f"DROP DATABASE {name}")


def apply(room: Path, speaking: Connection) -> None:
    with speaking.transaction():
        speaking.execute(LATE_BINDING + read_rules(room) + ENABLE_ALWAYS)


def make_tables(name: str) -> None:
    """The migrations of procrastinate are its own SQL; everything else is made from models."""
    without = {config.label: None for config in apps.get_app_configs() if config.label != "procrastinate"}
    with as_owner() as owner, override_settings(MIGRATION_MODULES=without):
        owner.settings_dict |= {"NAME": name}
        call_command("migrate", interactive=False, run_syncdb=True, verbosity=0)


@pytest.fixture(scope="module")
def both(as_application, django_db_blocker) -> tuple[dict, dict]:
    with django_db_blocker.unblock(), database_from_migrations() as migrated, database_from_models() as modelled:
        return read_catalogue(migrated), read_catalogue(modelled)


@pytest.mark.parametrize("kind", ["columns", "constraints", "functions", "indexes", "policies", "tables", "triggers"])
def test_migrations_end_in_what_models_and_sql_say(both, kind):
    migrated, modelled = ({name: one for name, one in side[kind].items() if is_ours(name)} for side in both)

    assert migrated.keys() == modelled.keys()
    assert {name: (one, modelled[name]) for name, one in migrated.items() if one != modelled[name]} == {}


def is_ours(name: str) -> bool:
    """Not of the migration table, and not of other packages' tables, which their own migrations make."""
    return name.startswith(tuple(f"{Path(room).name}_" for room in rooms())) or "(" in name or "_not_of_closed" in name
