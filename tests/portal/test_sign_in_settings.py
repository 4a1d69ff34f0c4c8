"""How people sign in at the company's own provider is set completely and safely, or the program stops."""

import base64
import json
import pickle
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from consents.accounts.company_sign_in import StaffPlace, is_safe_address
from consents.core.owner import as_owner

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


# Rate limits are forgotten by time alone, and whoever writes to the table runs nothing.

RUN = []


def note_run() -> None:
    RUN.append("planted")


class Planted:
    def __reduce__(self):
        return note_run, ()


@pytest.fixture
def cache(db):
    return caches["default"]


def test_a_flood_of_keys_evicts_nothing(transactional_db):
    cache = caches["default"]
    cache.set("a-limit", [1, 2], 300)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_cache SELECT 'zz' || n, 'gAR9lC4=', now() + interval '1 hour' "
            "FROM generate_series(1, 100001) AS n"
        )
    try:
        cache.set("one-more", 1, 300)
        assert cache.get("a-limit") == [1, 2]
    finally:
        with as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("DELETE FROM portal_cache")


def test_what_is_set_is_there_until_it_expires(cache):
    cache.set("a", {"b": 1}, 300)
    assert cache.get("a") == {"b": 1}

    cache.set("a", 2, -1)
    assert cache.get("a") is None


def test_only_the_first_adds(cache):
    assert cache.add("a", 1, 300)
    assert not cache.add("a", 2, 300)
    assert cache.get("a") == 1


def test_an_expired_one_is_added_again(cache):
    cache.set("a", 1, -1)

    assert cache.add("a", 2, 300)
    assert cache.get("a") == 2


def test_it_is_touched_while_it_lives(cache):
    cache.set("a", 1, 300)

    assert cache.touch("a", 600)
    assert not cache.touch("b", 600)
    assert cache.get_or_set("c", 3, None) == 3 and cache.get("c") == 3


@pytest.mark.parametrize("planted", [Planted(), 1])
def test_what_others_wrote_into_the_table_is_read_as_data_and_never_run(cache, planted):
    """The application's role may write here: it must not become the process, which has the keys."""
    with connection.cursor() as cursor:
        value = base64.b64encode(pickle.dumps(planted)).decode()
        cursor.execute("INSERT INTO portal_cache VALUES (%s, %s, now() + interval '1 hour')", [":1:a", value])

    assert cache.get("a") is None and RUN == []
    cache.set("a", 2, 300)
    assert cache.get("a") == 2


@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5000, "", "{", "NaN,"])
def test_what_is_not_readable_is_not_there(cache, value):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO portal_cache VALUES (%s, %s, now() + interval '1 hour')", [":1:a", value])

    assert cache.get("a") is None
