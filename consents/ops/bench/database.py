"""Create, migrate, use and drop the bench's own database on the portal's server."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import override_settings
from psycopg import conninfo, sql

from consents.core import roles, safeguards
from consents.core.owner import as_owner
from consents.ops.running.runner import catch_stop_signals

NAME = "portal_bench"
SMALL = "portal_bench_small"  # a copy, beside which the other has grown
FOLDERS = ("PORTAL_JOURNAL", "PORTAL_EXPORTS")


@contextmanager
def use_bench_database() -> Iterator[None]:
    """Point Django to a new, migrated database, with its own journal and exports; remove all of them afterwards."""
    owner = get_owner_address()
    drop_bench_database(owner)  # left behind by a killed run
    own = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with override_settings(**{name: own / name.lower() for name in FOLDERS}), speak_to(NAME):
            create_bench_database(owner)
            yield
    finally:
        with catch_stop_signals():  # so that a second Ctrl-C does not leave it behind
            drop_bench_database(owner)
            shutil.rmtree(own, ignore_errors=True)


def create_bench_database(owner: str) -> None:
    roles.create_database(owner, NAME)
    call_command("migrate", interactive=False, verbosity=0)


def record_additions(owner: BaseDatabaseWrapper) -> None:
    """Count the bench's own functions and tables among what belongs in its database: the portal would not start beside
    them, and verification would name them."""
    with transaction.atomic(), owner.cursor() as cursor:
        safeguards.record_safeguards(cursor)


def get_owner_address() -> str:
    """Return the owner's address of the portal's database. Raises ImproperlyConfigured without an owner."""
    with as_owner() as speaking:
        speaking.ensure_connection()
        info = speaking.connection.info
        return conninfo.make_conninfo(
            host=info.host, port=info.port, user=info.user, password=info.password, dbname=info.dbname
        )


def copy_bench_database() -> None:
    """Keep the database as it is now as the small one, which `drop_bench_database` removes with it."""
    owner = get_owner_address()
    connection.close()
    with psycopg.connect(owner, autocommit=True) as speaking:
        speaking.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(SMALL), sql.Identifier(NAME)))
    roles.create_database(owner, SMALL)  # a copy has privileges of its own
    with speak_to(SMALL), as_owner() as speaking_of_copy:
        record_additions(speaking_of_copy)


@contextmanager
def speak_to(name: str) -> Iterator[None]:
    """Point Django to one of the two databases."""
    connection.close()
    kept = connection.settings_dict
    connection.settings_dict = kept | {"NAME": name}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = kept


def drop_bench_database(owner: str) -> None:
    with psycopg.connect(owner, autocommit=True) as speaking:
        try:
            for name in (NAME, SMALL):
                speaking.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:
            raise CommandError(
                f"The database {NAME} is in use: another bench runs on this server. Wait for it, or stop it."
            ) from None


def build_environment() -> Mapping[str, str]:
    """Return the environment in which a started program finds this database, as the application role."""
    name = connection.settings_dict["NAME"]
    if settings.DATABASE_URL:
        return {"DATABASE_URL": urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()}
    connection.ensure_connection()  # which finds an embedded server
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    return {"DATABASE_URL": f"postgres://{roles.APP}@/{name}", "PGHOST": host, "PGPORT": port}
