"""The bench's own database on the portal's server: made and migrated as owner, used as the application, dropped."""

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
from django.db import connection
from psycopg import conninfo, sql

from consents.core import roles
from consents.core.owner import as_owner
from consents.running.processes import asked_to_stop

NAME = "portal_bench"
FOLDERS = ("PORTAL_JOURNAL", "PORTAL_EXPORTS")


@contextmanager
def own_database() -> Iterator[None]:
    """Inside, Django speaks to a new and migrated database, as the application role, with a journal and
    exports of its own. Afterwards all are gone."""
    owner = owner_address()
    kept, folders = connection.settings_dict, {name: getattr(settings, name) for name in FOLDERS}
    drop(owner)  # what a killed run left behind
    own = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    for name in FOLDERS:
        setattr(settings, name, own / name.lower())
    try:
        roles.create_database(owner, NAME)
        connection.close()
        connection.settings_dict = kept | {"NAME": NAME}
        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        with asked_to_stop():  # a second Ctrl-C does not leave it behind
            connection.close()
            connection.settings_dict = kept
            drop(owner)
            shutil.rmtree(own, ignore_errors=True)
            for name, folder in folders.items():
                setattr(settings, name, folder)


def owner_address() -> str:
    """Where the owner finds the portal's own database. Raises ImproperlyConfigured without an owner."""
    with as_owner() as speaking:
        speaking.ensure_connection()
        info = speaking.connection.info
        return conninfo.make_conninfo(
            host=info.host, port=info.port, user=info.user, password=info.password, dbname=info.dbname
        )


def drop(owner: str) -> None:
    with psycopg.connect(owner, autocommit=True) as speaking:
        try:
            speaking.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(NAME)))
        except psycopg.errors.ObjectInUse:
            raise CommandError(
                f"The database {NAME} is in use: another bench runs on this server. Wait for it, or stop it."
            ) from None


def environment() -> Mapping[str, str]:
    """How a program started by us finds this database, as the application role."""
    if settings.DATABASE_URL:
        return {"DATABASE_URL": urlsplit(settings.DATABASE_URL)._replace(path=f"/{NAME}").geturl()}
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    return {"DATABASE_URL": f"postgres://{roles.APP}@/{NAME}", "PGHOST": host, "PGPORT": port}
