"""What is asked by a program is refused in its protocol, whichever layer refuses: never by a page."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from psycopg import errors

from consents.accounts.provisioning import acts
from consents.people.languages import LanguageMiddleware
from consents.people.services.staff_members import AddressInUse
from portal.programs import is_for_programs, refuse_program
from portal.views import render_plain_trouble, render_trouble
from tests.world.addresses import addresses
from tests.world.colleagues import CORE, let_in
from tests.world.colleagues import TOKEN as OF_DIRECTORY
from tests.world.systems import TOKEN, let_ask

PLACES = {name: f"/{path}" for name, path in addresses() if is_for_programs(f"/{path}")}
WITH_TOKEN = {name for name in PLACES if name.startswith(("decisions:", "directory"))} - {"decisions:decision_point"}


@pytest.fixture
def ask(db, settings):
    """Ask at an address as who may: a system, the directory, or anybody."""
    let_ask(settings), let_in(settings)

    def ask_there(path: str, method: str = "GET", **more: object) -> HttpResponse:
        token = OF_DIRECTORY if path.startswith("/scim/") else TOKEN
        client = Client(headers={"authorization": f"Bearer {token}"}, raise_request_exception=False)
        return client.generic(method, path, **more)

    return ask_there


def is_in_protocol(response: HttpResponse, path: str, status: int) -> bool:
    is_directory = path.startswith("/scim/")
    kind = "application/scim+json" if is_directory else "application/problem+json"
    content = json.loads(response.content)
    return (
        (response.status_code, response["Content-Type"], str(content["status"])) == (status, kind, str(status))
        and bool(content["detail"])
        and response.get("Content-Language", "en") == "en"
    )


def test_each_address_of_programs_is_known():
    assert set(PLACES) == WITH_TOKEN | {
        "decisions:decision_point",
        "jwks",
        "ledger",
        "ledger_consistency",
        "trust_data",
        "gpc",
        "security_contact",
        "openapi",
        "healthz",
        "readyz",
    }
    assert len(WITH_TOKEN) == 7 and not is_for_programs("/.well-known/change-password")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"query_params": {"x": "\0"}}, 400),
        ({"query_params": {f"p{number}": "1" for number in range(400)}}, 400),
        ({"headers": {"host": "elsewhere.example"}}, 400),
        ({"headers": {"accept-language": "de", "host": "elsewhere.example"}}, 400),
    ],
    ids=["NUL", "many parameters", "host", "host, in German"],
)
def test_what_is_odd_about_the_address_is_told_in_the_protocol(ask, subtests, asked, status):
    for name, path in PLACES.items():
        with subtests.test(name):
            response = ask(path, **asked)
            assert is_in_protocol(response, path, status) and "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/access/", "/access/v1/evaluation/", "/api/", "/.well-known/x", "/scim/v1/Users"])
def test_an_address_that_is_none_is_told_in_the_protocol(ask, path):
    assert is_in_protocol(ask(path), path, 404) and is_in_protocol(ask(path, "POST"), path, 404)


def test_what_programs_read_says_its_own_language_whatever_they_accept(ask, subtests, monkeypatch):
    def refuse(**_):
        raise AddressInUse

    monkeypatch.setattr(acts, "record_group", refuse)
    german = {"accept-language": "de"}
    for name, path in PLACES.items():
        with subtests.test(name):
            assert ask(path, headers=german)["Content-Language"] == "en"
    assert ask("/.well-known/ledger/1/2", headers=german).json()["detail"] == "The log has no checkpoint of this size."
    group = {"data": json.dumps({"schemas": [f"{CORE}:Group"], "displayName": "x"})}
    refusal = ask("/scim/v2/Groups", "POST", headers=german, content_type="application/scim+json", **group)
    with translation.override("en"):
        assert refusal.json()["detail"] == str(AddressInUse())


def test_without_systems_and_a_directory_there_is_nothing_to_read_either(db):
    for path in ("/access/v1/evaluation", "/scim/v2/Users", "/.well-known/authzen-configuration"):
        assert is_in_protocol(Client().get(path), path, 404), path


def test_another_method_is_refused_with_those_that_are_not(ask, subtests):
    for name, path in PLACES.items():
        browser = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {TOKEN}"})
        with subtests.test(name):
            response = ask(path, "PURGE")
            assert is_in_protocol(response, path, 405) and response["Allow"]
            if name not in WITH_TOKEN:  # nor is a form of another site what is wrong
                assert is_in_protocol(browser.post(path), path, 405)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(OperationalError, 503), (errors.UniqueViolation, 409), (PermissionDenied, 403), (ZeroDivisionError, 500)],
)
def test_a_portal_in_trouble_says_so_in_the_protocol(ask, monkeypatch, subtests, trouble, status):
    def fail(self, request):
        raise trouble

    monkeypatch.setattr(LanguageMiddleware, "__call__", fail)
    for name, path in PLACES.items():
        with subtests.test(name):
            assert is_in_protocol(ask(path), path, status)


def test_a_token_that_comes_in_clear_is_refused_and_not_led_on(ask, settings, subtests):
    settings.SECURE_SSL_REDIRECT = True
    for name, path in PLACES.items():
        with subtests.test(name):
            if name in WITH_TOKEN:
                assert is_in_protocol(ask(path, "POST"), path, 403)
                assert ask(path, "POST", secure=True).status_code != 403
            else:
                assert ask(path).status_code == (200 if path in ("/healthz", "/readyz") else 301)


@pytest.mark.parametrize("status", [400, 408, 411, 413, 502, 503])
@pytest.mark.parametrize("path", ["/access/v1/evaluation", "/scim/v2/Users", "/.well-known/jwks.json"])
def test_what_django_does_not_get_to_see_is_refused_in_the_protocol_too(path, status):
    assert is_in_protocol(refuse_program(path, status), path, status)


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
