"""Create, migrate, use and drop the bench's own database on the portal's server."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import override_settings
from psycopg import conninfo, sql

from consents.core import roles, safeguards
from consents.core.owner import as_owner

NAME = "portal_bench"
FOLDERS = ("PORTAL_JOURNAL", "PORTAL_EXPORTS")


@contextmanager
def use_bench_database() -> Iterator[None]:
    """Point Django to a new, migrated database, with its own journal and exports; remove all of them afterwards."""
    with as_owner() as owner:
        address = read_address(owner)
    drop_bench_database(address)  # left behind by a killed run
    own, kept = Path(tempfile.mkdtemp(prefix="portal-bench-")), connection.settings_dict
    try:
        with override_settings(**{name: own / name.lower() for name in FOLDERS}):
            connection.close()
            connection.settings_dict = kept | {"NAME": NAME}
            create_bench_database(address)
            yield
    finally:
        connection.close()
        connection.settings_dict = kept
        drop_bench_database(address)
        shutil.rmtree(own, ignore_errors=True)


def create_bench_database(address: str) -> None:
    roles.create_database(address, NAME)
    call_command("migrate", interactive=False, verbosity=0)


def drop_bench_database(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as speaking:
        speaking.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))


def read_address(speaking: BaseDatabaseWrapper) -> str:
    """Return where and as whom this connection speaks to its database."""
    speaking.ensure_connection()
    info = speaking.connection.info
    return conninfo.make_conninfo(
        host=info.host, port=info.port, user=info.user, password=info.password, dbname=info.dbname
    )


def record_additions(owner: BaseDatabaseWrapper) -> None:
    """Count the bench's own tables among what belongs in its database: the portal would not start beside them."""
    with transaction.atomic(), owner.cursor() as cursor:
        safeguards.record_safeguards(cursor)


def build_environment() -> dict[str, str]:
    """Return the variables by which programs of PostgreSQL, and the portal's own, find this database."""
    address = conninfo.conninfo_to_dict(read_address(connection))
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    given = {variable: str(address[name]) for name, variable in names.items() if address.get(name)}
    return given | {
        "DATABASE_URL": f"postgres://{roles.APP}@/{NAME}",
        "PORTAL_MODE": settings.PORTAL_MODE,
        **{name: str(getattr(settings, name)) for name in ("PORTAL_VAR", "PORTAL_KEYS", *FOLDERS)},
    }
