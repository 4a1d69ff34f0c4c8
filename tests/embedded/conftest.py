"""A folder for an embedded server, and members of it that are gone after the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consents.ops.embedded import cluster
from tests.embedded.members import STAY, Member, copy_data


@pytest.fixture
def var(tmp_path) -> Path:
    return tmp_path / "var"


@pytest.fixture(scope="session")
def new_data(tmp_path_factory) -> Path:
    """The files of a database in which nobody has worked: to make them takes a second, to copy them a moment."""
    folder = tmp_path_factory.mktemp("made")
    assert Member(folder).joined().leave() == 0
    return folder / "postgres" / "data"


@pytest.fixture
def made(var, new_data) -> None:
    copy_data(new_data, var)


@pytest.fixture
def member(var) -> Iterator[Callable[..., Member]]:
    members: list[Member] = []
    used: set[Path] = set()

    def make(program: str = STAY, *, at: Path = var, **options) -> Member:
        used.add(at)
        members.append(Member(at, program, **options))
        return members[-1]

    yield make
    for one in members:
        one.kill()
    for folder in used:
        cluster.stop_server(folder / "postgres")
