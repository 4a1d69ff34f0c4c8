"""Take away each part of the database that keeps a promise, one at a time: an attempt must notice.

Alone, with the count:  python -m pytest -n 0 -s tests/architecture/mutation
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from types import SimpleNamespace

import pytest
from psycopg import Connection

from consents.core import roles
from tests.architecture.mutation.attempts.trying import SAY_ALL, SEEN_BY_THE_PORTAL, attempt, say_all, trespass
from tests.architecture.mutation.parts import RIGHTS, Part, list_columns, parts
from tests.architecture.mutation.scene import build_scene
from tests.architecture.mutation.speaking import Voice, superuser_speaking
from tests.world import exports as exports
from tests.world import insights as insights

ONE_OF_EACH = 100  # at least so many parts; fewer means that the catalogue was read wrongly


@pytest.fixture
def scene(real_world, tmp_path) -> SimpleNamespace:
    return build_scene(real_world, tmp_path)


def test_every_part_is_missed_when_it_is_gone(scene):
    with superuser_speaking() as speaking:
        speaking.execute(SAY_ALL)
        found = parts(speaking)
        unnoticed = [*unnoticed_rights(speaking, [part for part in found if part.kind in RIGHTS])]
        unnoticed += unnoticed_rules(speaking, [part for part in found if part.kind not in RIGHTS], scene)
    print(f"\n{len(found)} parts removed, {len(found) - len(unnoticed)} missed.")
    assert not unnoticed and len(found) > ONE_OF_EACH


@contextmanager
def undone(speaking: Connection) -> Iterator[None]:
    speaking.execute("BEGIN")
    try:
        yield
    finally:
        speaking.execute("ROLLBACK")


def unnoticed_rights(speaking: Connection, found: list[Part]) -> Iterator[str]:
    """What the application may not do. All rights of one kind are given at once: a trespass needs one of them alone."""
    application, columns = Voice(speaking, roles.APP), list_columns(speaking)
    for _kind, some in groupby(found, key=lambda part: (part.kind, part.name.split()[0])):
        alike = list(some)
        statements = [trespass(part, columns.get(part.table, "")) for part in alike]
        with undone(speaking):
            whole = say_all(application, statements)
            speaking.execute("; ".join(part.remove for part in alike))
            given = say_all(application, statements)
        yield from (f"{part}: {said}" for part, said, now in zip(alike, whole, given, strict=True) if said == now)


def unnoticed_rules(speaking: Connection, found: list[Part], scene: SimpleNamespace) -> Iterator[str]:
    application, owner = Voice(speaking, roles.APP), Voice(speaking, roles.OWNER)
    for part in found:
        trying = attempt(part, application, owner, scene)
        with committed(speaking, part) if part.name in SEEN_BY_THE_PORTAL else undone(speaking):
            whole = trying()
            speaking.execute(part.remove)
            if trying() == whole:
                yield f"{part}: {whole}"


@contextmanager
def committed(speaking: Connection, part: Part) -> Iterator[None]:
    try:
        yield
    finally:
        speaking.execute(part.restore)
