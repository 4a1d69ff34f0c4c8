"""What nobody may choose as a password, and what everybody may."""

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


def codes_for(password: str) -> set[str]:
    try:
        validate_password(password)
    except ValidationError as refused:
        return {one.code for one in refused.error_list}
    return set()


@pytest.fixture(autouse=True)
def company(settings):
    settings.PORTAL_COMPANY = "Harbour & Pine Outfitters"


@pytest.mark.parametrize(
    "password",
    [
        "HarbourPineOutfitters1",
        "harbour-pine-portal-26",
        "Consent Portal Privacy",
        "Contraseña Outfitters",
        "ＨＡＲＢＯＵＲ customer password",
    ],
)
def test_our_own_words_alone_are_no_password(password):
    assert "password_of_own_words" in codes_for(password)


@pytest.mark.parametrize("password", ["a lamp in the harbour since May", "privacy of seven herons", "739150284617395"])
def test_our_own_words_are_welcome_among_others(password):
    assert codes_for(password) == set()


def test_a_short_password_is_only_called_short():
    assert codes_for("heron") == {"password_too_short"}


@pytest.fixture(params=["\n", "\r\n"], ids=["unix", "windows"])
def stolen(request, tmp_path, settings):
    """A list as it is handed out: one password of three of ours among a hundred others."""
    words = ["first to be found here", *(f"somebody else's, number {number}" for number in range(100))]
    hashes = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in words)
    path = tmp_path / "stolen.txt"
    path.write_bytes(request.param.join(f"{one}:{number}" for number, one in enumerate(hashes, 1)).encode())
    settings.PORTAL_STOLEN_PASSWORDS = path
    return words


def test_every_stolen_password_of_the_list_is_refused(stolen):
    assert {frozenset(codes_for(word)) for word in stolen} == {frozenset({"password_stolen"})}


def test_what_the_list_does_not_name_is_free(stolen):
    assert [word for word in stolen if codes_for(f"{word}, but not quite")] == []


def test_an_empty_list_refuses_nothing(tmp_path, settings):
    (tmp_path / "none.txt").touch()
    settings.PORTAL_STOLEN_PASSWORDS = tmp_path / "none.txt"

    assert codes_for("a lamp in the harbour since May") == set()
