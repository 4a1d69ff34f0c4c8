"""Every address × every kind of person. Pages come from the resolver; one that is not placed here fails."""

import pytest
from django.test import Client

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from tests.world.addresses import CUSTOMER_ROOMS, addresses
from tests.world.cast import signed_in
from tests.world.lived_in import refusals_drawn_once

# Promise 7: what is public, and nothing else.
PUBLIC = {
    "help",
    "privacy",
    "accessibility",
    "verify_receipt",
    "jwks",
    "trust",
    "trust_data",
    "ledger",
    "opt_out",
    "rights:list",
    "rights:ask",
    "rights:received",
    "rights:answer_question",
    "copies:collect",
    "gpc",
    "change_password",
    "security_contact",
    "robots",
    "people:language",
    "brand_style",
    "logo",
    "healthz",
    "readyz",
    "account_login",
    "account_signup",
    "account_logout",
    "account_request_login_code",
    "account_confirm_login_code",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_inactive",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "openid_connect_login",
    "openid_connect_callback",
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
}
# The same for everybody: words of the admin's script, public keys, published numbers.
CACHED = {"admin:jsi18n", "brand_style", "jwks", "ledger", "trust_data"}


def room(name: str) -> str:
    return name.split(":")[0]


def paths() -> list[tuple[str, str]]:
    return [(name, f"/{path}") for name, path in addresses()]


def is_sent_to_sign_in(response) -> bool:
    return response.status_code == 302 and "login" in response.url


@pytest.fixture
def people(world) -> dict[str, Client]:
    ended = world.kim
    staff_members.end_staff_membership(member=ended, by=PORTAL)
    characters = {"ada": world.ada.user, "sam": world.sam.user, "pia": world.pia.user, "otto": world.otto.user}
    clients = {name: signed_in(user) for name, user in characters.items()}
    return clients | {"ended": signed_in(ended.user), "stranger": Client()}


def test_a_stranger_meets_only_what_is_public(people):
    for name, path in paths():
        for send in (people["stranger"].get, people["stranger"].post):
            response = send(path)
            if name not in PUBLIC:
                assert is_sent_to_sign_in(response) or response.status_code in (403, 404, 405), (name, path, response)


@pytest.mark.parametrize("who", ["ada", "ended"])
def test_customers_and_former_staff_see_nothing_of_the_staff_house(people, who):
    for name, path in paths():
        if room(name) == "admin" and name not in PUBLIC:
            for send in (people[who].get, people[who].post):
                response = send(path)
                assert response.status_code in (302, 403, 404, 405), (name, path, response.status_code)
                assert response.status_code != 302 or "login" in response.url, (name, response.url)


def test_staff_are_nobodys_customer(people):
    for name, path in paths():
        if room(name) in CUSTOMER_ROOMS:
            response = people["sam"].get(path)
            assert response.status_code in (302, 405), (name, path, response.status_code)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ada", "sam", "pia", "otto", "ended", "stranger"])
def test_nothing_breaks_for_anybody(people, who):
    """Whatever is asked without rhyme or reason: never a 5xx, never kept by a cache; and looking is no act."""
    client, acts = people[who], Entry.objects.count()
    places = [place for place in paths() if place[0] != "account_logout"]
    for send in (client.get, client.post, lambda path: client.post(path, {"x": "\0", "action": "y"})):
        with refusals_drawn_once():
            for name, path in places:
                response = send(path)
                assert response.status_code < 500, (name, path)
                assert "no-store" in response.get("Cache-Control", "") or name in CACHED, (name, path)
        assert send != client.get or Entry.objects.count() == acts


@pytest.mark.parametrize(
    "path", ["/%00", "/requests/%ff/", "/?page=%00", "/choices/%00/give/", "/%c0%af", "/" + "x" * 5000]
)
def test_odd_addresses_get_a_calm_answer(people, path):
    assert people["ada"].get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize("who", ["stranger", "ada", "sam"])
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/help/", "/scim/v2/Users", "/admin/"])
def test_more_parameters_than_anybody_reads_get_a_calm_answer(people, who, path):
    many = "&".join(f"p{number}=1" for number in range(2_000))
    client = people[who]

    assert client.get(f"{path}?{many}").status_code == 400
    assert client.post(path, many, content_type="application/x-www-form-urlencoded").status_code < 500


UNREADABLE = [
    f"multipart/form-data; boundary={'a' * 300}",
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=utf-16",
]


@pytest.mark.parametrize("who", ["ada", "sam"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_body_that_nobody_can_read_gets_a_calm_answer(people, who, kind):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = people[who].cookies
    for path in ("/", "/nowhere/", "/requests/", "/admin/", "/accounts/login/", "/receipts/verify/", "/scim/v2/Users"):
        assert browser.post(path, b"x=1", content_type=kind).status_code < 500, path
