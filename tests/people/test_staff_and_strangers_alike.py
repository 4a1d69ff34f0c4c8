"""A stranger cannot learn from any answer whether an address is known here."""

import re

import pytest
from django.test import Client

from consents.people.models import User

PAGES = {
    "sign-up": "/accounts/signup/",
    "code": "/accounts/login/code/",
    "reset": "/accounts/password/reset/",
}


def answer(address: str, email: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page after it without the form's token and the address typed in."""
    client = Client()
    first = client.post(address, {"email": email})
    page = client.get(first.headers.get("Location", address)).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", page)
    return first.status_code, first.headers.get("Location", ""), page.replace(email, "")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("known", ["ada@example.com", "sam@example.com"], ids=["customer", "staff"])
def test_known_and_unknown_addresses_get_the_same_answer(world, page, known):
    assert answer(PAGES[page], known) == answer(PAGES[page], "nobody@example.com")


def test_it_signs_up_with_the_address_alone(db):
    client = Client()

    response = client.post("/accounts/signup/", {"email": "new@example.com"})

    assert response.status_code == 302 and "confirm-email" in response.url
    assert not User.objects.get().has_usable_password()


def test_the_sign_up_form_has_no_password(db):
    assert "password1" not in Client().get("/accounts/signup/").content.decode()
