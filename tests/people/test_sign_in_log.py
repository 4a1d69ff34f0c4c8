"""Who signs in, fails to, or asks for what is not theirs leaves a line in the log, without anything personal in it."""

import logging
import re

import pytest
from django.test import Client

from consents.accounts.sessions import log_sign_out
from tests.world.cast import PASSWORD, ask, signed_in


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "consents.accounts.sessions")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "consents.accounts.sessions"]


def sign_in(email: str, password: str) -> None:
    Client().post("/accounts/login/", {"login": email, "password": password})


def test_a_sign_in_names_the_account_and_the_way(world, lines):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])

    sign_in("ada@example.com", PASSWORD)

    ada = f"account {world.ada.user.pk}"
    assert sorted(lines()) == [f"{ada} proved by password", f"{ada} signed in"]


def test_a_failed_one_marks_the_address_however_it_is_spelled(world, lines):
    for email in ("ada@example.com", "ＡＤＡ@example.com", "nobody@example.com"):
        sign_in(email, "not the password of anybody")

    first, again, other = lines()
    assert re.fullmatch("a sign-in to address [0-9a-f]{12} failed", first)
    assert first == again != other


def test_signing_out_names_the_account(world, lines):
    signed_in(world.ada.user).post("/accounts/logout/")

    assert lines()[-1] == f"account {world.ada.user.pk} signed out"
    log_sign_out(None)
    assert len(lines()) == 1


def test_a_wrong_code_names_the_account(world, lines):
    client = Client()
    client.post("/accounts/login/code/", {"email": "ada@example.com"})
    client.post("/accounts/login/code/confirm/", {"code": "not it"})

    assert lines() == [f"account {world.ada.user.pk} was given a wrong code"]


def test_asking_for_what_is_somebody_elses_leaves_its_path(world, caplog):
    path = f"/requests/{ask(world).pk}/"

    assert signed_in(world.ben.user).get(path).status_code == 404
    assert f"Not Found: {path}" in caplog.text
