"""Throwing the demo's data away."""

import shutil
from contextlib import suppress

import psycopg
from django.conf import settings
from django.db import ProgrammingError, connections
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.core.owner import as_owner
from consents.ops.demo import company
from consents.ops.embedded import CannotStart

WHERE = ("host", "port", "user", "password", "sslmode")


def reset_demo() -> None:
    """Drop the demo's database, its checkpoints, journal and mail, and make the database anew, empty.

    Raises CannotStart when the database is not a demo's, or in use.
    """
    with as_owner() as owner:
        # Refuse data that is not the demo's. An empty database passes: an interrupted set-up leaves one.
        with suppress(ProgrammingError):  # no tables: nothing to lose
            if not company.is_set_up():
                company.check_no_other_company()
        params = {name: value for name, value in owner.get_connection_params().items() if name in WHERE and value}
        name = owner.settings_dict["NAME"]
        owner.close()
        dsn = make_conninfo(dbname="postgres", **params)
        drop_database(dsn, name)
        roles.create_database(dsn, name)
    shutil.rmtree(settings.PORTAL_MAIL_FOLDER, ignore_errors=True)
    for outside in ("checkpoints", "journal"):
        shutil.rmtree(settings.PORTAL_VAR / outside, ignore_errors=True)


def drop_database(dsn: str, name: str) -> None:
    connections.close_all()
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
    except psycopg.errors.ObjectInUse:
        raise CannotStart(
            "The demo is running, or another program uses its database: stop it, then try --reset again."
        ) from None
