"""The number of requests to work on, on the first page of officers, is that of the list it leads to."""

import re

import pytest
from django.db import connection

from consents.law.kinds import Type
from tests.rights.officer_pages import LIST
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.holders import share_account
from tests.world.rights_requests import ask_back, file, file_as_stranger

TO_WORK_ON = re.compile(r"<strong>(\d+)</strong> privacy requests? to work on")


def read_figure(client) -> int:
    return int(TO_WORK_ON.search(client.get("/admin/").text)[1])


def test_it_leaves_out_what_waits_for_another_holder_or_for_the_customer(world):
    share_account(world)
    world.ada.acting = world.ada.user.actings.get(customer=world.ada.customer)
    joint, paused, free = file(world.ada), file(world.ben), file_as_stranger()
    ask_back(world, paused)
    pia = signed_in(world.pia.user)

    listed = pia.get(f"{LIST}?state=ours").text

    assert [request.number in listed for request in (joint, paused, free)] == [False, False, True]
    assert read_figure(pia) == 1


@pytest.mark.parametrize("yes_of", ["all", "any"])
def test_it_counts_what_needs_no_other_yes(world, yes_of):
    share_account(world, yes_of=yes_of)
    world.ada.acting = world.ada.user.actings.get(customer=world.ada.customer)
    request, pia = file(world.ada), signed_in(world.pia.user)

    assert read_figure(pia) == (request.number in pia.get(f"{LIST}?state=ours").text) == (yes_of == "any")


def test_what_nobody_can_confirm_any_more_waits_for_an_officer(world):
    request, pia = file(world.ada, Type.OBJECTION, is_fresh=False), signed_in(world.pia.user)
    unconfirmed = file(world.ada, Type.ACCESS, is_fresh=False)
    assert unconfirmed.number not in pia.get(f"{LIST}?state=ours").text
    before = read_figure(pia)
    connection.check_constraints()  # as the commit of the requests does, before what erases their customer

    erase(world)

    listed = pia.get(f"{LIST}?state=ours").text
    assert unconfirmed.number in listed and request.number in listed
    assert unconfirmed.number not in pia.get(f"{LIST}?state=paused").text
    assert read_figure(pia) == before + 1
