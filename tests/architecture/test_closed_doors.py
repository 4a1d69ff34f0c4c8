"""Every address × every kind of person. Pages come from the resolver; one that is not placed here fails."""

from collections.abc import Callable

import pytest
from django.test import Client

from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from tests.world.addresses import CUSTOMER_ROOMS, addresses
from tests.world.cast import signed_in
from tests.world.doors import SIGN_OUT, Answer, ask_everywhere, read_answer, room
from tests.world.lived_in import refusals_drawn_once
from tests.world.watched import WHOLE

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
    "openapi",
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
CACHED = {"admin:jsi18n", "brand_style", "jwks", "ledger", "openapi", "trust_data"}


@pytest.fixture
def people(world) -> dict[str, Client]:
    ended = world.kim
    staff_members.end_staff_membership(member=ended, by=PORTAL)
    characters = {"ada": world.ada.user, "sam": world.sam.user, "pia": world.pia.user, "otto": world.otto.user}
    clients = {name: signed_in(user) for name, user in characters.items()}
    return clients | {"ended": signed_in(ended.user), "stranger": Client()}


@pytest.fixture
def ask(people) -> Callable[..., list[Answer]]:
    return lambda who, method, **house: ask_everywhere(who, people[who], method, **house)


@pytest.mark.parametrize("is_staff_site", [False, True], ids=["customers", "staff"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_meets_only_what_is_public(ask, method, is_staff_site):
    for answer in ask("stranger", method, is_staff_site=is_staff_site):
        if answer.name not in PUBLIC:
            assert answer.is_sent_to_sign_in or answer.status in (403, 404, 405), answer


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["ada", "ended"])
def test_customers_and_former_staff_see_nothing_of_the_staff_site(ask, who, method):
    for answer in ask(who, method, is_staff_site=True):
        if answer.name not in PUBLIC:
            assert answer.is_sent_to_sign_in or answer.status in (403, 404, 405), answer


def test_staff_are_nobodys_customer(ask):
    for answer in ask("sam", "get", is_staff_site=False):
        if room(answer.name) in CUSTOMER_ROOMS:
            assert answer.status in (302, 405), answer


def is_calm(answer: Answer) -> bool:
    """Never a 5xx, and never kept by a cache."""
    return answer.status < 500 and ("no-store" in answer.caching or answer.name in CACHED)


# What nobody asks for, and what lists and acts do.
ODD_FORM = {"x": "\0", "action": "y"}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ada", "sam", "pia", "otto", "ended", "stranger"])
def test_nothing_breaks_for_anybody(people, ask, who):
    """Whatever is asked without rhyme or reason; signing out comes last. An odd form is sent wherever an empty one was
    read for anything that it holds: elsewhere it would get the same answer."""
    sites = (False, True)
    for method in ("get", "post"):
        for is_staff_site in sites:
            assert [one for one in ask(who, method, is_staff_site=is_staff_site) if not is_calm(one)] == []
    posted = [one for is_staff_site in sites for one in ask(who, "post", is_staff_site=is_staff_site)]
    heeding = [(one.name, one.path) for one in posted if one.asked_for & {*ODD_FORM, WHOLE}]
    assert heeding or who == "stranger"
    with refusals_drawn_once():
        for name, path in [*heeding, *SIGN_OUT.items()]:
            response = people[who].post(path, ODD_FORM)
            assert is_calm(read_answer(name, path, response)), (name, path)


@pytest.mark.parametrize("name", SIGN_OUT)
def test_signing_out_is_calm(people, name):
    for client in people.values():
        for send in (client.get, client.post):
            assert is_calm(read_answer(name, SIGN_OUT[name], send(SIGN_OUT[name]))), name


def test_signing_out_has_these_addresses():
    assert {name: f"/{path}" for name, path in addresses() if name in SIGN_OUT} == SIGN_OUT


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
