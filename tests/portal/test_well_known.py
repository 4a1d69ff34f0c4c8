"""What programs ask for by well-known names."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from consents.core import clock
from tests.world.cast import signed_in


def test_a_password_manager_finds_the_page(client, world):
    response = client.get("/.well-known/change-password")

    assert response.status_code == 302 and response.url == "/accounts/password/change/"
    page = signed_in(world.ada.user).get("/.well-known/change-password", follow=True)
    assert page.status_code == 200


def test_a_name_that_nobody_knows_is_not_found(client, db):
    """By this a password manager tells that the answers of this server mean something."""
    assert (
        client.get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200").status_code == 404
    )


def test_a_finder_of_a_weakness_reads_whom_to_tell_and_for_how_long(client, db):
    response = client.get("/.well-known/security.txt")

    said = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert said["Contact"].startswith("mailto:") and said["Canonical"].endswith("/.well-known/security.txt")
    ends = datetime.fromisoformat(said["Expires"])
    assert timedelta(days=150) < ends - clock.now() < timedelta(days=365)


def test_search_engines_are_asked_to_stay_out(client, db):
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_the_contact_is_set_by_the_company(settings_of):
    assert settings_of(PORTAL_SECURITY_CONTACT="https://example.com/security")["PORTAL_SECURITY_CONTACT"] == (
        "https://example.com/security"
    )
    with pytest.raises(ImproperlyConfigured, match="PORTAL_SECURITY_CONTACT"):
        settings_of(PORTAL_SECURITY_CONTACT="security@example.com")
