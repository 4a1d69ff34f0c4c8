"""Keep, of every act, the function that prepares a call of it: the files of the rooms beside this one fill it in."""

from collections.abc import Callable
from typing import Any

Call = Callable[[], Any]
Prepare = Callable[..., Call]
ACTS: dict[Callable, Prepare] = {}


def act(service: Callable) -> Callable[[Prepare], Prepare]:
    def keep(prepare: Prepare) -> Prepare:
        ACTS[service] = prepare
        return prepare

    return keep
