"""Keep, of every act, the function that prepares a call of it: the files of the rooms beside this one fill it in."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.world.ground import ground
from tests.world.scene_fixtures import OwnScene

Call = Callable[[], Any]
Prepare = Callable[..., Call]
Begin = Callable[[SimpleNamespace], Any]
ACTS: dict[Callable, Prepare] = {}
SCENES: dict[Callable, OwnScene] = {}


def act(service: Callable, *, after: Begin | None = None) -> Callable[[Prepare], Prepare]:
    """`after`: what several acts begin from, a scene of which the world holds what it returns (`made`)."""

    def keep(prepare: Prepare) -> Prepare:
        ACTS[service] = prepare
        if after:
            SCENES[service] = OwnScene(f"{after.__module__}.{after.__name__}", after)
        return prepare

    return keep


def lay_scene(service: Callable) -> None:
    if scene := SCENES.get(service):
        ground.lay_scene(scene.name, scene.fill, ground.lay)
    else:
        ground.lay()
