"""What the portal tells browsers, and what it asks of passwords and sessions, in production."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import DataError
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from consents.decisions.api.pages import ENDPOINTS
from consents.people import visitors
from portal.request_log import PlainFormatter
from tests.forms import forms_on
from tests.world.addresses import addresses
from tests.world.cast import signed_in

PRODUCTION = {"PORTAL_URL": "https://portal.example.com", "PORTAL_HOSTS": "portal.example.com"}
PAGES = ["/accounts/login/", "/healthz", "/nowhere/", "/admin/"]


@pytest.fixture
def production(settings_of) -> dict:
    return settings_of(PORTAL_MODE="production", **PRODUCTION)


def test_cookies_stay_on_this_host_and_away_from_scripts(production):
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        assert production[f"{name}_COOKIE_SECURE"] and production[f"{name}_COOKIE_NAME"].startswith("__Host-")
    assert production["KNOWN_COOKIE_NAME"].startswith("__Host-")
    for name in ("SESSION", "CSRF"):
        assert production[f"{name}_COOKIE_HTTPONLY"] and production[f"{name}_COOKIE_SAMESITE"] == "Lax"


def test_browsers_keep_to_https_for_a_year(production):
    assert production["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600 and production["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert production["SECURE_SSL_REDIRECT"]
    assert production["SECURE_REDIRECT_EXEMPT"] == [
        "^healthz$",
        "^readyz$",
        "^access/",
        "^scim/",
    ]


def test_production_shows_no_insides(production):
    assert not production["DEBUG"] and production["ALLOWED_HOSTS"] == ["portal.example.com"]


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_tells_the_browser_what_it_may_do(db, page):
    answer = Client().get(page)

    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in answer["Content-Security-Policy"]
    assert not answer.content or "charset=utf-8" in answer["Content-Type"]
    assert "Access-Control-Allow-Origin" not in answer


def test_every_address_asks_for_the_token_of_its_form():
    """But for one that changes nothing, and those that ask a program for a token of its own."""
    views = {name: resolve(f"/{path}").func for name, path in addresses()}

    open_to_all = {name for name, view in views.items() if getattr(view, "csrf_exempt", False)}
    for_systems = {f"decisions:{name}" for name in ENDPOINTS.values()}
    assert open_to_all == {"verify_receipt", "directory_root", "directory"} | for_systems and len(views) > 200


def test_a_form_without_its_token_changes_nothing(world):
    """Nor with that of somebody else's session, nor with the right one from another site."""
    client, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    client.force_login(world.ada.user)
    own, theirs = (
        forms_on(browser.get(page))[0].fields["csrfmiddlewaretoken"]
        for browser, page in ((client, "/choices/"), (other, "/accounts/login/"))
    )
    address, form = f"/choices/{world.purpose.code}/give/", {"version": world.version.pk}

    for token, site in (("", ""), (theirs, ""), (own, "https://elsewhere.example"), (own, "null")):
        headers = {"Origin": site} if site else {}
        sent = client.post(address, form | {"csrfmiddlewaretoken": token}, headers=headers)
        assert sent.status_code == 403, (token, site)
    assert not world.ada.customer.choices.exists()
    assert client.post(address, form | {"csrfmiddlewaretoken": own}).status_code != 403


@pytest.mark.parametrize(
    ("sent_from", "opened"),
    [
        ("http://testserver/?page=2", "http://testserver/?page=2"),
        ("https://elsewhere.example/", "/blocks/nobody/"),
        ("", "/blocks/nobody/"),
    ],
)
def test_a_form_that_is_too_old_leads_back_to_its_own_page(world, sent_from, opened):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ada.user)

    refused = client.post("/blocks/nobody/", headers={"Referer": sent_from})

    assert refused.status_code == 403 and f'<a class="button" href="{opened}">Open the page again' in refused.text


def test_trace_is_no_method_of_ours(world):
    for client in (Client(), signed_in(world.ada.user)):
        answer = client.trace("/accounts/login/", HTTP_X_SECRET="echo")
        assert answer.status_code in (302, 403, 405) and b"echo" not in answer.content


@pytest.mark.parametrize("password", ["14 characters.", "password1234567", "qwertyuiopasdfghjkl"])
def test_passwords_are_long_uncommon_and_otherwise_free(password, settings):
    free = ["x" * 7 + "y" * 8, "739150284617395", "пароль из слов и пробелов", " " + "a b" * 40, "😀" * 15]
    for one in free:
        validate_password(one)
    if len(password) < 15:
        with pytest.raises(ValidationError):
            validate_password(password)


def test_a_session_ends_however_busy_it_is(world, monkeypatch):
    now = [timezone.now()]
    monkeypatch.setattr(visitors.timezone, "now", lambda: now[0])
    ada = signed_in(world.ada.user)
    answers = [ada.get("/").status_code]

    for _ in range(visitors.CUSTOMER_LIFETIME // 1200):
        now[0] += timedelta(seconds=1200)
        answers.append(ada.get("/").status_code)
    now[0] += timedelta(seconds=60)

    assert set(answers) == {200} and ada.get("/").status_code == 302
    assert timedelta(seconds=visitors.CUSTOMER_LIFETIME) == timedelta(hours=12)


def test_a_log_line_is_one_line_without_what_the_database_said():
    try:
        raise DataError("Key (email)=(ada@example.com) already exists.")
    except DataError as error:
        told = logging.LogRecord("portal", logging.ERROR, "", 1, "went\nwrong", None, (type(error), error, None))

    line = PlainFormatter().format(told)
    assert "\n" not in line and "ada@" not in line and "DataError" in line
