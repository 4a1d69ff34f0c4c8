"""Room on the disk that is kept back for when it is full; `tests/faults/test_full_disk.py` fills a real one."""

import logging
from types import SimpleNamespace

import pytest

from consents.choices import services as choices
from consents.choices.models import Choice, Status
from consents.core.embedded import ballast
from tests.cast import signed_in

PLENTY, SOME, NONE = 3 * ballast.SIZE, ballast.SIZE, ballast.NEARLY_FULL - 1
ASK = "/admin/access/accessrequest/add/"


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """`.free` bytes, as the system says; `.var` lies on it."""
    (tmp_path / "postgres").mkdir()
    disk = SimpleNamespace(free=PLENTY, var=tmp_path)
    monkeypatch.setattr(ballast.shutil, "disk_usage", lambda _path: SimpleNamespace(free=disk.free))
    return disk


@pytest.fixture
def keeper(disk):
    return ballast.Keeper(disk.var)


def sizes(disk) -> list[int]:
    return [path.stat().st_size for path in (disk.var / "postgres").iterdir()]


def test_room_is_kept_back_and_given_up_and_kept_back_again(disk, keeper):
    found = []
    for disk.free in (PLENTY, SOME, NONE, SOME, PLENTY):
        keeper.tend()
        found.append((sizes(disk), ballast.is_given_up(disk.var)))

    whole, given_up = ([ballast.SIZE], False), ([0], True)
    assert found == [whole, whole, given_up, given_up, whole]


def test_it_really_takes_the_room(disk, keeper):
    keeper.tend()

    assert ballast.place(disk.var).stat().st_blocks * 512 >= ballast.SIZE


def test_a_disk_that_is_full_from_the_start_is_left_alone(disk, keeper):
    disk.free = SOME
    keeper.tend()

    assert sizes(disk) == [] and not ballast.is_given_up(disk.var)


def test_without_anybody_who_keeps_it_there_is_none(disk, keeper):
    keeper.tend()
    keeper.stop()
    keeper.stop()

    assert sizes(disk) == [] and not ballast.is_given_up(disk.var)


def test_what_cannot_be_kept_back_is_told_once_and_leaves_nothing(disk, keeper, monkeypatch, caplog):
    def full(_size: int) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ballast, "bytes", full, raising=False)
    with caplog.at_level(logging.ERROR):
        keeper.tend()
        keeper.tend()

    assert [record.getMessage() for record in caplog.records] == [
        "No room is kept back on the disk of the database (No space left on device)."
    ]
    assert sizes(disk) == []


@pytest.fixture
def short(disk, keeper, settings):
    """The portal, whose disk is nearly full."""
    settings.PORTAL_VAR, settings.EMBEDDED = disk.var, True
    for disk.free in (PLENTY, NONE):
        keeper.tend()
    return disk


def test_staff_wait_and_are_told_when_to_come_back(world, short):
    response = signed_in(world.sam.user).post(ASK, {})

    assert response.status_code == 503 and response.headers["Retry-After"]


def test_staff_still_look_at_what_needs_no_writing(world, short):
    assert signed_in(world.sam.user).get(ASK).status_code == 200


def test_a_customer_s_no_goes_first(world, short):
    choices.give(customer=world.ada.customer.pk, purpose="support", version=world.version.pk, by=world.ada.actor)

    response = signed_in(world.ada.user).post("/choices/support/withdraw/", {})

    assert (response.status_code, Choice.objects.get().status) == (302, Status.WITHDRAWN)


def test_with_room_nobody_waits(world, short, keeper):
    short.free = PLENTY
    keeper.tend()

    assert signed_in(world.sam.user).post(ASK, {}).status_code == 422


def test_a_database_elsewhere_has_a_disk_of_its_own(world, short, settings):
    settings.EMBEDDED = False

    assert signed_in(world.sam.user).post(ASK, {}).status_code == 422
