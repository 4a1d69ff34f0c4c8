"""What happened after a backup, and what must hold of it after the restoration: one restoration serves many stories.

A story does what its people did, up to its `yield`; there everything is lost and restored, and it is handed what the
restoration said. What it then does to look is undone before the next one looks. A story that begins before the backup
has one `yield` more, where that is made. Two stories of one restoration have no people in common whose acts would meet.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError

from tests.backups.restoring import restore
from tests.world.rotations import undone

type Story = Callable[[SimpleNamespace], Generator[None, str]]


def tell(*stories: Story, world: SimpleNamespace, folder: Path, elsewhere: Callable[[], None]) -> str:
    """Return what the restoration said."""
    told = [story(world) for story in stories]
    said = lose_and_restore(told, folder, elsewhere)
    for one in told:
        with undone():
            end(one, said)
    return said


def tell_from_before(
    *stories: Story, world: SimpleNamespace, backup: Callable[[], Path], elsewhere: Callable[[], None]
) -> str:
    """The same, with a backup of their own; nothing is undone."""
    told = [story(world) for story in stories]
    for one in told:
        next(one)
    said = lose_and_restore(told, backup(), elsewhere)
    for one in told:
        end(one, said)
    return said


def lose_and_restore(told: list[Generator[None, str]], folder: Path, elsewhere: Callable[[], None]) -> str:
    for one in told:
        next(one)
    elsewhere()
    with pytest.raises(CommandError, match="are not here"):
        restore(folder)
    return restore(folder, "--accept-loss")


def end(story: Generator[None, str], said: str) -> None:
    with pytest.raises(StopIteration):
        story.send(said)
