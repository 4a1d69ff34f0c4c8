"""The page of who is turned away before Django sees the request."""

import pytest
from django.test import RequestFactory

from portal.views import render_plain_trouble, render_trouble


@pytest.mark.parametrize(
    ("accepts", "words", "language"),
    [
        ("de-AT,en;q=0.5", "gleich noch einmal", "de"),
        ("xx,es", "a intentarlo", "es"),
        ("", "Please try again in a moment", "en"),
        ("*", "Please", "en"),
    ],
)
def test_it_speaks_the_readers_language_and_says_which(accepts, words, language):
    page = render_plain_trouble(503, accepts, False).decode()
    assert words in page
    assert f'<html lang="{language}">' in page


def test_staff_do_not_read_of_their_own_data(subtests):
    for status in (409, 500, 503):
        with subtests.test(status=status):
            staff, customers = (
                render_trouble(RequestFactory().get(path), status).content.decode() for path in ("/admin/people/", "/")
            )
            assert "your data" not in staff and "My data" not in staff and "Consent portal</span>" in staff
            assert "My data</span>" in customers and ("your data" in customers) == (status != 409)


def test_its_headline_stays_on_a_phone():
    assert b'<span class="site-company">My data</span>' in render_plain_trouble(503, "en", False)


def test_who_sent_something_reads_that_it_may_be_lost():
    assert b"never counts twice" in render_plain_trouble(503, "en", True)
    assert b"never counts twice" not in render_plain_trouble(503, "en", False)


@pytest.mark.parametrize("status", [400, 408, 411, 413])
def test_a_form_that_was_not_read_changed_nothing(status):
    assert b"Nothing was changed" in render_plain_trouble(status, "en", True)
