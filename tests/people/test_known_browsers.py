"""A browser in which someone signed in is known again, and is not counted with strangers."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from consents.people import passwords
from consents.people.known_browsers import IS_KNOWN, read_known_users, sign_known_users
from consents.people.passwords import LimitedArgon2PasswordHasher, TooManySignIns
from tests.world.cast import signed_in


def read_cookie(client: Client) -> list:
    return read_known_users(client.cookies[settings.KNOWN_COOKIE_NAME].value)


def test_it_is_known_once_someone_has_signed_in_and_stays_so(world):
    client = signed_in(world.ada.user)
    client.get("/")
    assert read_cookie(client) == [world.ada.user.pk]

    client.post("/accounts/logout/")

    assert read_cookie(client) == [world.ada.user.pk]


def test_a_family_shares_a_browser(world):
    client = signed_in(world.ada.user)
    client.get("/")
    client.force_login(world.ben.user)
    client.get("/")

    assert read_cookie(client) == [world.ben.user.pk, world.ada.user.pk]


def test_a_stranger_gets_none(world):
    client = Client()
    client.get("/help/")

    assert settings.KNOWN_COOKIE_NAME not in client.cookies


def test_it_is_not_set_again_with_each_page(world):
    client = signed_in(world.ada.user)
    client.get("/")

    assert settings.KNOWN_COOKIE_NAME not in client.get("/").cookies


@pytest.mark.parametrize("cookie", ["", "x", "a774cd96-46f4-4c35-9d60-efb27fff598d", "a:b:c", "x" * 5000])
def test_what_is_not_ours_knows_nobody(cookie):
    assert read_known_users(cookie) == []
    assert read_known_users(sign_known_users([uuid4()])[:-1]) == []


def test_a_cookie_that_was_read_before_still_grows_old():
    user = uuid4()
    cookie = sign_known_users([user])

    assert read_known_users(cookie) == [user]
    assert read_known_users(cookie, max_age=-1) == []


def test_strangers_wait_for_their_own_turn_to_be_hashed(monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.05)
    hasher = LimitedArgon2PasswordHasher()
    with passwords.hashing_slot():
        with pytest.raises(TooManySignIns) as refused:
            hasher.encode("correct horse battery staple", "saltsaltsalt")
        token = IS_KNOWN.set(True)
        try:
            encoded = hasher.encode("correct horse battery staple", "saltsaltsalt")
        finally:
            IS_KNOWN.reset(token)

    assert refused.value.status == 503
    assert hasher.verify("correct horse battery staple", encoded)


def test_the_portal_hashes_with_it():
    from portal import settings as production

    assert production.PASSWORD_HASHERS[0].endswith("LimitedArgon2PasswordHasher")
