"""The errors of a sign-in form say which field is meant and what to do."""

import pytest
from django.urls import reverse


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("account_login", ["Type your email address.", "Type your password."]),
        ("account_signup", ["Type your email address."]),
        ("account_reset_password", ["Type your email address."]),
    ],
)
def test_it_names_each_field_left_empty(world, client, page, words):
    html = client.post(reverse(page), {}).content.decode()
    assert "This field is required" not in html
    for sentence in words:
        assert html.count(sentence) == 2  # in the summary, and at the field


def test_it_does_not_say_whether_the_address_or_the_password_is_wrong(world, client):
    html = client.post(reverse("account_login"), {"login": "no@example.com", "password": "wrong"}).content.decode()
    assert "The email address or the password is not right." in html
