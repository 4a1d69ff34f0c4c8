"""Every address × odd values of every parameter it may read: never a server error.

Parameters come from the sources: what the code reads of GET and POST, and the fields of every form.
"""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.test import Client
from django.utils.http import urlencode

from tests.world.addresses import addresses
from tests.world.cast import signed_in

READ = re.compile(r'(?:GET|POST)(?:\.get|\.getlist)?[\[(]"(\w+)"')
# Of allauth and of Django's admin, beside what our own sources read.
OTHERS = {
    "next",
    "email",
    "login",
    "code",
    "password",
    "action_add",
    "action_remove",
    "action",
    "_popup",
    "q",
    "p",
    "o",
}
VALUES = [
    "abc",
    "//evil.example/",
    "http://[",
    "-1",
    "9" * 30,
    "1e400",
    "2026-99-99T25:61:00Z",
    "0001-01-01T00:00:00+14:00",
    "\U0001f642",
    "\u200b\uff21",
    "%00%ff{{7*7}}'\"<",
    "00000000-0000-0000-0000-000000000000",
    "x" * 5000,
]
SKIPPED = {"account_logout", "admin:logout"}
AS_FORM = "application/x-www-form-urlencoded"


def list_forms(base: type = forms.BaseForm) -> list[type]:
    return [one for child in base.__subclasses__() for one in [child, *list_forms(child)]]


def list_parameters() -> list[str]:
    sources = [*Path(settings.BASE_DIR / "consents").rglob("*.py"), *Path(settings.BASE_DIR / "portal").rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    fields = {name for form in list_forms() for name in getattr(form, "base_fields", {})}
    return sorted(read | fields | OTHERS)


@pytest.mark.parametrize("who", ["stranger", "ada", "pia"])
@pytest.mark.parametrize("turn", range(3))
def test_no_parameter_yields_a_server_error(world, who, turn):
    """Each parameter has another value in each turn; `next` alone has them all."""
    client = Client() if who == "stranger" else signed_in(getattr(world, who).user)
    client.raise_request_exception = False
    parameters = list_parameters()
    given = urlencode([(name, VALUES[(place + 5 * turn) % len(VALUES)]) for place, name in enumerate(parameters)])
    bad = []
    for place, (name, path) in enumerate(addresses()):
        if name in SKIPPED:
            continue
        for more in (given, urlencode({"next": VALUES[(place + turn) % len(VALUES)]})):
            for response in (client.get(f"/{path}?{more}"), client.post(f"/{path}", more, content_type=AS_FORM)):
                if response.status_code >= 500:
                    bad.append((name, response.request["REQUEST_METHOD"], len(more), response.status_code))
    assert bad == []


@pytest.mark.parametrize("page", ["abc", "//evil.example/", "http://evil.example/", "/\\evil.example", "", "\n//evil"])
def test_choosing_a_language_leads_to_no_other_place(db, page):
    response = Client().post("/language/", {"language": "de", "next": page})

    assert (response.status_code, response["Location"]) == (302, "/")


def test_choosing_a_language_leads_back(db):
    assert (
        Client().post("/language/", {"language": "de", "next": "/rights/?where=DE"})["Location"] == "/rights/?where=DE"
    )
