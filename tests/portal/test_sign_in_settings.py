"""How people sign in at the company's own provider is set completely and safely, or the program stops."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from consents.accounts.company_sign_in import StaffPlace, is_safe_address

STAFF = {
    "PORTAL_STAFF_SSO_ISSUER": "https://sign-in.example",
    "PORTAL_STAFF_SSO_CLIENT": "portal",
    "PORTAL_STAFF_SSO_SECRET": "hidden",
}
CUSTOMERS = {name.replace("STAFF", "CUSTOMER"): value for name, value in STAFF.items()}
RETURNS = {"role": "requester", "team": " Returns "}


def test_without_an_issuer_there_is_no_such_sign_in(settings_of):
    read = settings_of(PORTAL_STAFF_SSO_CLIENT="portal")
    assert read["STAFF_SIGN_IN"] is None and read["PORTAL_SIGN_INS"] == {}


def test_what_is_set_is_kept_and_openid_is_always_asked_for(settings_of):
    sign_in = settings_of(**STAFF, PORTAL_STAFF_SSO_SCOPES="email")["PORTAL_SIGN_INS"]["staff"]
    assert (sign_in.client, sign_in.scopes) == ("portal", ("openid", "email"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"PORTAL_STAFF_SSO_ISSUER": "http://sign-in.example"}, "begins with https://"),
        ({"PORTAL_STAFF_SSO_ISSUER": "https://sign-in.example?tenant=1"}, "begins with https://"),
        ({"PORTAL_STAFF_SSO_CLIENT": ""}, "set PORTAL_STAFF_SSO_CLIENT and PORTAL_STAFF_SSO_SECRET, too"),
        ({"PORTAL_STAFF_SSO_SECRET": ""}, "set PORTAL_STAFF_SSO_CLIENT and PORTAL_STAFF_SSO_SECRET, too"),
        (CUSTOMERS, "PORTAL_CUSTOMER_SSO_REFERENCE_CLAIM names the claim"),
    ],
)
def test_half_of_it_stops_with_a_sentence_that_shows_no_secret(settings_of, wrong, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence) as refused:
        settings_of(**STAFF | wrong)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://sign-in.example/tenant", True),
        ("http://localhost:8080", True),
        ("http://sign-in.example", False),
        ("https://sign-in.example/#here", False),
        ("https:///nowhere", False),
        ("https://[", False),
    ],
)
def test_only_an_address_that_nobody_else_answers_for_is_safe(address, is_safe):
    assert is_safe_address(address) is is_safe


def test_a_group_gives_a_place(settings_of):
    places = settings_of(PORTAL_STAFF_GROUPS=json.dumps({"shop": RETURNS}))["PORTAL_STAFF_GROUPS"]
    assert places == {"shop": StaffPlace("requester", "Returns")}


@pytest.mark.parametrize(
    "wrong",
    [
        "requester",
        {"role": "requester"},
        RETURNS | {"more": 1},
        RETURNS | {"team": 7},
        RETURNS | {"team": " "},
        RETURNS | {"team": "x" * 61},
        RETURNS | {"role": "owner"},
    ],
)
def test_a_group_whose_place_is_none_stops_with_an_example(settings_of, wrong: Any):
    with pytest.raises(ImproperlyConfigured, match="roles are: requester, privacy_officer, compliance_officer"):
        settings_of(PORTAL_STAFF_GROUPS=json.dumps({"shop": RETURNS, "other": wrong}))
