"""What happened after a backup, and what must hold of it after the restoration: one restoration serves many stories.

A story does what its people did, up to its `yield`; there everything is lost and restored, and it is handed what the
restoration said. What it then does to look is undone before the next one looks. Two stories of one restoration have no
people in common whose acts would meet.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError

from tests.backups.restoring import restore
from tests.world.undoing import undone

type Story = Callable[[SimpleNamespace], Generator[None, str]]


def tell(*stories: Story, world: SimpleNamespace, folder: Path, elsewhere: Callable[[], None]) -> str:
    """Return what the restoration said."""
    told = [story(world) for story in stories]
    for one in told:
        next(one)
    elsewhere()
    with pytest.raises(CommandError, match="are not here"):
        restore(folder)
    said = restore(folder, "--accept-loss")
    for one in told:
        with undone(), pytest.raises(StopIteration):
            one.send(said)
    return said
