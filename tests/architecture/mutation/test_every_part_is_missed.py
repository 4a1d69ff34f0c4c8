"""Take away each part of the database that keeps a promise, one at a time: an attempt must notice.

Alone, with the count:  python -m pytest -n 0 -s tests/architecture/mutation
"""

from types import SimpleNamespace

import pytest

from tests.architecture.mutation.attempts.trying import attempt
from tests.architecture.mutation.parts import parts
from tests.architecture.mutation.scene import build_scene
from tests.architecture.mutation.speaking import application_speaking, owner_speaking
from tests.world import exports as exports
from tests.world import insights as insights

ONE_OF_EACH = 100  # at least so many parts; fewer means that the catalogue was read wrongly


@pytest.fixture
def scene(real_world, tmp_path) -> SimpleNamespace:
    return build_scene(real_world, tmp_path)


def test_every_part_is_missed_when_it_is_gone(scene):
    unnoticed = []
    with owner_speaking() as owner, application_speaking() as application:
        found = parts(owner)
        for part in found:
            trying = attempt(part, application, owner, scene)
            whole = trying()
            owner.execute(part.remove)
            try:
                if trying() == whole:
                    unnoticed.append(f"{part}: {whole}")
            finally:
                owner.execute(part.restore)
            assert trying() == whole, part
    print(f"\n{len(found)} parts removed, {len(found) - len(unnoticed)} missed.")
    assert not unnoticed and len(found) > ONE_OF_EACH
