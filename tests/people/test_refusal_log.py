"""Whoever sends what a page refuses leaves a line in the log: the account, the page and the status, nothing else."""

import pytest
from django.test import Client

from tests.world.cast import ask, signed_in


@pytest.fixture
def lines(caplog):
    return lambda: [record.getMessage() for record in caplog.records if record.name == "consents.accounts.adapter"]


def test_a_value_that_the_page_does_not_offer(world, lines):
    asked = ask(world)

    signed_in(world.ada.user).post(f"/requests/{asked.pk}/answer/", {"decision": "everything", "message": "Ada, 1815"})

    assert lines() == [f"account {world.ada.user.pk} sent what access:answer refused with 422"]


def test_an_act_that_a_rule_forbids(world, lines):
    asked = ask(world)
    signed_in(world.ben.user).post(f"/requests/{asked.pk}/stop/")

    assert lines() == [f"account {world.ben.user.pk} sent what access:stop refused with 404"]


def test_what_a_member_of_staff_sends(world, lines):
    signed_in(world.sam.user).post("/admin/access/accessrequest/add/", {"categories": "all"})

    (line,) = lines()
    assert line.startswith(f"account {world.sam.user.pk} sent what admin:access_accessrequest_add refused with 4")


def test_a_form_without_its_token(world, lines):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ada.user)

    client.post("/settings/", {})

    assert lines() == [f"account {world.ada.user.pk} sent what notifications:settings refused with 403"]


def test_too_much(world, lines):
    browser = signed_in(world.ada.user)
    for _ in range(4):
        browser.post("/accounts/reauthenticate/code/", {"send": "1"})

    assert lines() == [f"account {world.ada.user.pk} sent what reauthenticate_by_code refused with 429"]


def test_a_stranger_is_nobody_and_reading_leaves_no_line(world, lines):
    Client().get("/requests/nothing/")
    Client().post("/accounts/login/code/confirm/", {"code": "Ada Lovelace"})
    Client().post("/settings", {"code": "Ada Lovelace"})

    assert lines() == ["account of nobody sent what no page refused with 404"]
