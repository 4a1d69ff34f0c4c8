"""Fixtures that are scenes of their own file or folder: `@scene` in place of `@pytest.fixture`.

What the function does with the world, each worker does once, before any test's transaction; each test that names it
finds the rows, and what was returned, as they were. It takes `world`, or `real_world` where its tests commit, and
returns what can be pickled: customers, requests, versions, no clients or functions.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tests.world.ground import Ground, ground
from tests.world.scenes import BEGIN_FROM_NOTHING, SCENES


@dataclass(frozen=True)
class OwnScene:
    """A scene of one file or folder. `name` tells it from others whose fixtures are named alike."""

    name: str
    build: Callable[[SimpleNamespace], Any]

    def fill(self, world: SimpleNamespace) -> SimpleNamespace:
        world.made = self.build(world)
        return world


def scene(build: Callable[[SimpleNamespace], Any]) -> Any:
    """Make a fixture of it, whose world is the test's: `world` or `real_world`, as its argument is named."""
    if [*inspect.signature(build).parameters] == ["world"]:

        def find_made(world: SimpleNamespace) -> Any:
            return world.made
    else:

        def find_made(real_world: SimpleNamespace) -> Any:
            return real_world.made

    find_made.build = build
    find_made.__doc__ = build.__doc__
    return pytest.fixture(find_made, name=build.__name__)


def find_own_scene(item: pytest.Item) -> OwnScene | None:
    """Return the scene of its file or folder that the test names, or that it is marked with. Raises ValueError where it
    names two."""
    if marked := item.get_closest_marker("stands_on"):
        return marked.args[0]
    definitions = item._fixtureinfo.name2fixturedefs
    fixtures = [definitions[name][-1] for name in item.fixturenames if name in definitions]
    scenes = [fixture for fixture in fixtures if hasattr(fixture.func, "build")]
    if len(scenes) > 1:
        raise ValueError(f"{item.nodeid} names two scenes: {[fixture.argname for fixture in scenes]}")
    return next((OwnScene(f"{fixture.baseid}::{fixture.argname}", fixture.func.build) for fixture in scenes), None)


def find_scene_of_all(item: pytest.Item) -> str | None:
    return next((name for name in SCENES if name in item.fixturenames), None)


def lay_ground(item: pytest.Item) -> None:
    """Lay the ground that the test stands on: its own file's scene, one of everybody's, the cast's world or nothing."""
    if own := find_own_scene(item):
        ground.lay_scene(own.name, own.fill, lambda: lay_common_ground(item))
    else:
        lay_common_ground(item)


def lay_common_ground(item: pytest.Item) -> None:
    if name := find_scene_of_all(item):
        upon = Ground.NOBODY if name in BEGIN_FROM_NOTHING else Ground.CAST
        ground.lay_scene(name, SCENES[name], lambda: ground.lay(upon))
    else:
        ground.lay(Ground.CAST if {"world", "real_world"} & set(item.fixturenames) else Ground.NOBODY)


def sort_by_scene(items: list[pytest.Item]) -> None:
    """Within each file, the tests of one scene after another: to change the ground costs as much as a test."""
    places: dict[Any, int] = {}
    order: dict[pytest.Item, tuple[int, int]] = {}
    for item in items:
        of_file = places.setdefault(item.path, len(places))
        order[item] = of_file, places.setdefault((item.path, find_key(item)), len(places))
    items.sort(key=order.__getitem__)


def find_key(item: pytest.Item) -> str | None:
    if not isinstance(item, pytest.Function):
        return None
    own = find_own_scene(item)
    return own.name if own else find_scene_of_all(item)
