"""Prove a backup by restoring it: into a database of its own, which is dropped again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.core.refusals import Refusal
from consents.ops.backups import programs
from consents.ops.backups.manifests import Manifest
from consents.ops.backups.programs import ClientPrograms


class NotProven(Refusal):
    """Tables of the restored backup have other numbers of rows than were counted."""

    sentence = "Restored on trial, the backup does not have as many rows as were backed up. It was not kept."


def prove_backup(database: Path, keys: Path, manifest: Manifest, tools: ClientPrograms) -> None:
    """Restore both dumps on trial and count the rows. Raises NotProven, ProgramFailed, and ImproperlyConfigured without
    an owner, who alone may make a database.
    """
    with open_trial_database(programs.as_owner()) as trial:
        programs.load_pieces([programs.FIRST, database, keys, programs.LAST], tools=tools, params=trial)
        with programs.connect_as(programs.as_backup() | {"dbname": trial["dbname"]}) as reader:
            if any(programs.count_rows(reader, table) != rows for table, rows in manifest.counts.items()):
                raise NotProven


@contextmanager
def open_trial_database(owner: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make a database that only owner and backup enter; yield how the owner finds it. What a killed run left goes."""
    trial = f"{owner['dbname']}_trial"
    drop = SQL("DROP DATABASE IF EXISTS {}").format(Identifier(trial))
    with programs.connect_as(owner) as speaking:
        speaking.execute(drop)
        speaking.execute(SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(Identifier(trial)))
        try:
            speaking.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(trial)))
            speaking.execute(
                SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(trial), Identifier(roles.BACKUP))
            )
            yield owner | {"dbname": trial}
        finally:
            speaking.execute(drop)
