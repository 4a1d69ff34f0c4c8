"""What is committed in the test database when a test begins: nothing, the cast's world, or a scene made of either.

Each is built once for each worker, through the services; its rows are put back as they were where a test wants them
and they are not there. A test that rolls back leaves the ground as it found it.
"""

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from consents.core import safeguards
from consents.ledger import checkpoints, journal
from tests.architecture.mutation import speaking
from tests.world import in_force, owners, serving, sessions, snapshots
from tests.world.cast import build_world
from tests.world.in_force import RulesLeftChanged
from tests.world.rows import Rows, connect, find_awake, put_back, read_rows

# Seconds that a scene counts as fresh: older ones are built anew, for times run out in them.
FRESH = 1200
type Build = Callable[[SimpleNamespace], SimpleNamespace]


@dataclass(frozen=True)
class Scene:
    """Everybody in it, its rows, how many entries it has, and when it was built."""

    world: bytes
    rows: Rows
    entries: int
    built_at: float


class Ground:
    """`stands`: the name of the scene that is there, NOBODY where nothing is; None where a test left its own."""

    NOBODY, CAST = "", "cast"

    def __init__(self) -> None:
        self.stands: str | None = None
        self.scenes: dict[str, Scene] = {}
        self.superuser: psycopg.Connection[Any] | None = None

    def speak_as_superuser(self) -> psycopg.Connection[Any]:
        """With the application's session as new: no test begins with what another has set for its own."""
        sessions.begin_anew(connection)
        return self.find_superuser()

    def find_superuser(self) -> psycopg.Connection[Any]:
        """One connection for the whole run: a new one would have to learn every table anew."""
        if self.superuser is None or self.superuser.closed:
            self.superuser = connect()
        return self.superuser

    def fall_silent(self) -> None:
        speaking.fall_silent()
        owners.end_connection()
        serving.end_connections()
        snapshots.end_snapshots()
        if self.superuser is not None:
            self.superuser.close()

    def found(self) -> None:
        """Build the cast's world. As the application, with nothing of a test's own about."""
        self.find_rules_anew()
        empty_tables()
        self.keep(self.CAST, build_world())

    def find_rules_anew(self) -> None:
        """From here on the rules are as they stand: with triggers that a whole file needs, or without them again."""
        self.rules = in_force.read_mark()
        find_awake.cache_clear()

    def keep(self, name: str, world: SimpleNamespace) -> None:
        rows = read_rows(self.speak_as_superuser())
        self.scenes[name] = Scene(pickle.dumps(world), rows, count_entries(), time.monotonic())
        self.stands = name

    def cast(self) -> SimpleNamespace:
        """Everybody, as they were in the beginning; nobody else holds the same objects."""
        assert self.stands
        return pickle.loads(self.scenes[self.stands].world)

    def leave(self) -> None:
        """A test that committed ends. Raises RulesLeftChanged where the next would find other rules than it did."""
        self.stands = None
        if in_force.read_mark() == self.rules:
            return
        if changes := in_force.find_changes():
            self.fall_silent()
            in_force.make_database_anew()
        self.rules = in_force.read_mark()
        if changes:
            raise RulesLeftChanged(safeguards.explain_changes(changes))

    def lay(self, name: str = CAST) -> None:
        entries = self.scenes[name].entries if name else 0
        if self.stands == name and count_entries() == entries:
            return
        put_back(self.speak_as_superuser(), self.scenes[name].rows if name else Rows())
        empty_outside()
        self.stands = name

    def lay_scene(self, name: str, build: Build, lay_ground: Callable[[], None]) -> None:
        """Lay what the function makes of the world on another ground: built once in a while, put back for each test."""
        scene = self.scenes.get(name)
        if scene and time.monotonic() - scene.built_at < FRESH:
            self.lay(name)
            return
        lay_ground()
        self.keep(name, build(self.cast() if self.stands else SimpleNamespace()))


ground = Ground()


def count_entries() -> int:
    """In SQL: it is asked before every test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry")
        return int(cursor.fetchone()[0])


def empty_tables() -> None:
    put_back(ground.speak_as_superuser(), Rows())


def empty_outside() -> None:
    """Forget the journal and the checkpoints of a history that is no longer in the database."""
    storage = checkpoints.get_checkpoint_storage()
    for name in [*checkpoints.list_checkpoints(storage), *journal.list_heads(storage)]:
        storage.delete(name)
    (settings.PORTAL_JOURNAL / journal.NAME).unlink(missing_ok=True)
