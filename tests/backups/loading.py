"""What a backup holds, loaded once: who restores the same one again gets a copy of that database in a moment."""

import hashlib
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.ops.backups import manifests, programs, reopening
from consents.ops.backups.programs import ClientPrograms
from tests.backups.restoring import drop_database

load_pieces = programs.load_pieces


class LoadedOnce:
    """Takes the place of `programs.load_pieces`."""

    def __init__(self) -> None:
        self.database = self.owner = self.digest = ""
        self.folder = Path()  # of the backup that is the same for many tests; others are loaded as always

    def __call__(self, pieces: list[str | Path], *, tools: ClientPrograms, params: dict[str, Any]) -> None:
        first, *dumps, begun, last = pieces
        if manifests.get_dump_path(self.folder) not in dumps:
            load_pieces(pieces, tools=tools, params=params)
            return
        digest = "".join(hashlib.sha256(Path(dump).read_bytes()).hexdigest() for dump in dumps)
        if digest != self.digest:
            self.load([first, *dumps, last], tools, params)
            self.digest = digest
        self.copy(params)
        with programs.connect_as(params) as owner:
            reopening.forbid_connections(owner)  # a copy leaves out who may connect
            owner.execute(str(begun))

    def load(self, pieces: list[str | Path], tools: ClientPrograms, params: dict[str, Any]) -> None:
        self.database, self.owner = f"{params['dbname']}_loaded", make_conninfo(**params)
        self.drop()
        roles.create_database(self.owner, self.database)
        load_pieces(pieces, tools=tools, params=params | {"dbname": self.database})

    def copy(self, params: dict[str, Any]) -> None:
        name = params["dbname"]
        with psycopg.connect(self.owner, dbname="postgres", autocommit=True) as speaking:
            speaking.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
            copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            speaking.execute(copy.format(Identifier(name), Identifier(self.database)))
        roles.create_database(self.owner, name)

    def drop(self) -> None:
        if self.database:
            drop_database(make_conninfo(self.owner, dbname="postgres"), self.database)
