"""How staff get in: by password, after an invitation, with a second factor; never by a mailed code alone."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import Role, StaffMember, User
from consents.people.services import staff_members
from consents.people.services.staff_members import admit_staff
from tests.world.cast import PASSWORD, signed_in
from tests.world.proofs import code_in, last_mail

NEW_PASSWORD = "a calm walk by the river"
INVITE = {"role": "requester", "team": "Returns", "first_name": "Rita"}


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_lets_staff_in_by_password(world):
    assert sign_in("sam@example.com").get("/admin/").status_code == 200


def test_it_lets_customers_in_by_password(world):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])

    assert is_signed_in(sign_in("ada@example.com"))


def test_a_wrong_password_opens_nothing(world):
    assert not is_signed_in(sign_in("sam@example.com", "wrong horse battery staple"))


def test_a_mailed_code_alone_never_opens_a_staff_account(world):
    client = Client()
    client.post("/accounts/login/code/", {"email": "sam@example.com"})

    assert not re.search(r"^\s*[A-Z0-9]{3,}-[A-Z0-9]{3,}\s*$", last_mail(), re.M)
    assert "code" not in client.session.get("account_login", {}).get("state", {}).get("login_code", {})


def test_the_password_form_asks_for_a_password(world):
    client = Client()

    page = client.post("/accounts/login/", {"login": "sam@example.com"}).content.decode()
    assert "Password" in page and '<input type="password" name="password"' in page
    assert not is_signed_in(client)


def test_an_invited_member_sets_a_first_password_by_code(db):
    admit_staff(email="Rita@Example.com", **(INVITE | {"role": Role.REQUESTER}), by=PORTAL)
    client = Client()

    client.post("/accounts/password/reset/", {"email": "rita@example.com"})
    client.post("/accounts/password/reset/confirm/", {"code": code_in(last_mail())}, follow=True)
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/accounts/password/reset/complete/", passwords, follow=True)

    assert not is_signed_in(client)
    assert sign_in("rita@example.com", NEW_PASSWORD).get("/admin/").status_code == 200


def test_the_command_invites_and_says_how_to_sign_in(db, capsys):
    call_command("invite_staff", "rita@example.com", **INVITE)

    said = capsys.readouterr().out
    assert "Forgot your password?" in said and "rita@example.com" in said
    assert StaffMember.objects.get(user__email="rita@example.com").role == Role.REQUESTER
    assert Entry.objects.get(event="staff.invited").actor_kind == "operator"


def test_the_command_refuses_an_address_in_use(world):
    with pytest.raises(CommandError) as refused:
        call_command("invite_staff", "SAM@example.com", **INVITE)

    assert refused.value.returncode == 1 and "already" in str(refused.value)


@pytest.mark.parametrize(
    ("email", "values"),
    [("nonsense", {}), ("a@example.com", {"team": "  "}), ("a@example.com", {"first_name": "x" * 61})],
)
def test_the_command_says_what_is_wrong(db, email, values):
    with pytest.raises(CommandError) as refused:
        call_command("invite_staff", email, **(INVITE | values))

    assert refused.value.returncode == 2 and not User.objects.exists()


@override_settings(PORTAL_STAFF_MFA="required")
@pytest.mark.parametrize("page", ["/admin/", "/admin/access/accessrequest/add/"])
def test_without_a_second_factor_staff_are_sent_to_set_it_up(world, page):
    client = sign_in("sam@example.com")

    response = client.get(page, follow=True)

    assert response.request["PATH_INFO"] == "/accounts/2fa/totp/activate/"
    assert response.status_code == 200


def test_only_the_page_with_the_square_may_show_inline_pictures(world):
    client = sign_in("sam@example.com")

    policy = client.get("/accounts/2fa/totp/activate/").headers["Content-Security-Policy"]
    assert "img-src 'self' data:" in policy and "script-src 'self'" in policy
    assert "data:" not in client.get("/accounts/2fa/").headers["Content-Security-Policy"]


def test_ended_staff_lose_their_power_at_the_next_request(world):
    client = signed_in(world.sam.user)
    assert client.get("/admin/").status_code == 200

    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    assert client.get("/admin/", follow=True).status_code == 403


def test_who_forgot_the_password_reads_for_whom_a_code_does():
    page = Client().get("/accounts/password/reset/").content.decode()

    assert "Customers can sign in with a code instead" in page and "Or sign in with a code" not in page


@pytest.mark.parametrize(
    "address", ["/accounts/password/change/", "/admin/nothing/", "/admin/people/staffmember/?q=%00", "/admin/logout/"]
)
def test_a_page_that_everybody_has_is_the_staff_sites_own_for_staff(world, address):
    page = signed_in(world.sam.user).get(address).content.decode()

    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1].split()
    assert title[-3:] == ["|", "Example", "Co"] and "My data" not in page and 'id="site-name"' in page


def test_the_title_of_staffs_account_page_says_that_something_is_wrong(world):
    page = signed_in(world.sam.user).post("/accounts/password/change/", {}).content.decode()

    assert re.search(r"<title>\s*Error:", page)


PAGES = {
    "sign-up": "/accounts/signup/",
    "code": "/accounts/login/code/",
    "reset": "/accounts/password/reset/",
}


def answer(address: str, email: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page after it without the form's token and the address typed in."""
    client = Client()
    first = client.post(address, {"email": email})
    page = client.get(first.headers.get("Location", address)).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", page)
    return first.status_code, first.headers.get("Location", ""), page.replace(email, "")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("known", ["ada@example.com", "sam@example.com"], ids=["customer", "staff"])
def test_known_and_unknown_addresses_get_the_same_answer(world, page, known):
    assert answer(PAGES[page], known) == answer(PAGES[page], "nobody@example.com")


def test_it_signs_up_with_the_address_alone(db):
    client = Client()

    response = client.post("/accounts/signup/", {"email": "new@example.com"})

    assert response.status_code == 302 and "confirm-email" in response.url
    assert not User.objects.get().has_usable_password()


def test_the_sign_up_form_has_no_password(db):
    assert "password1" not in Client().get("/accounts/signup/").content.decode()
