"""Passkeys: added, used alone to sign in, as second step and as fresh proof, renamed and removed; sealed at rest."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.test import Client

from consents.accounts.second_factors import reseal_second_factors
from consents.core.keys import Keyring
from consents.people.models import User
from tests.world.cast import signed_in
from tests.world.passkeys import Device, add_passkey, is_signed_in_as, options_in, sign_in_by_passkey
from tests.world.proofs import PROOF_PAGE, by_password, by_password_and_code, last_mail, prove, unused_code, wait

LOG_IN, PROVE = "/accounts/2fa/webauthn/login/", "/accounts/2fa/webauthn/reauthenticate/"
SECOND_STEP = "/accounts/2fa/authenticate/"


@pytest.fixture
def browser(ada) -> Client:
    """Ada's, where she has just proved who she is."""
    return by_password_and_code(ada)


@pytest.fixture
def phone(browser) -> Device:
    device = Device()
    assert add_passkey(browser, device).status_code == 302
    return device


def passkeys(user: User):
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)


class TestAdding:
    def test_it_takes_fresh_proof(self, world):
        client = signed_in(world.ada.user)
        asked = client.get("/accounts/2fa/webauthn/add/")
        assert asked.url.startswith(PROOF_PAGE)
        prove(client)
        assert client.get("/accounts/2fa/webauthn/add/").status_code == 200

    def test_it_signs_out_everywhere_else_shows_recovery_codes_and_is_told(self, ada, browser):
        elsewhere = by_password(ada)
        response = add_passkey(browser, Device())
        assert response.url == "/accounts/2fa/recovery-codes/"
        assert browser.get(response.url).text.count("<li>") >= 10
        assert elsewhere.get("/accounts/2fa/").status_code == 302
        assert "A passkey was added to your access" in last_mail()

    def test_without_a_finger_or_pin_it_is_none(self, ada, browser):
        response = add_passkey(browser, Device(is_verified=False))
        assert response.status_code == 422 and "did not work" in response.text
        assert not passkeys(ada).exists()

    def test_an_answer_to_another_question_is_none(self, ada, browser):
        options = options_in(browser.get("/accounts/2fa/webauthn/add/").text)["creation_options"]
        options["publicKey"]["challenge"] = "AAAA" + options["publicKey"]["challenge"][4:]
        answer = Device().create(options)
        assert browser.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": answer}).status_code == 422
        assert not passkeys(ada).exists()

    def test_it_is_named_after_the_browser_until_its_owner_names_it(self, ada, browser, phone):
        assert passkeys(ada).get().wrap().name == "My phone"
        page = browser.get("/accounts/2fa/webauthn/add/", headers={"user-agent": "X11; Linux Firefox/140"}).text
        assert 'value="Firefox on Linux"' in page


class TestSigningIn:
    def test_it_signs_in_alone(self, ada, phone):
        client = sign_in_by_passkey(phone)
        assert is_signed_in_as(client, ada) and client.get("/").status_code == 200

    def test_a_passkey_nobody_has_signs_nobody_in(self, ada, phone):
        stranger = Device()
        stranger.id, stranger.user_handle = phone.id, phone.user_handle
        client = sign_in_by_passkey(stranger)
        assert "_auth_user_id" not in client.session
        assert "did not work" in client.get("/accounts/login/").text

    def test_it_signs_nobody_else_in(self, world, phone):
        phone.user_handle = str(world.ben.user.pk).encode()
        assert "_auth_user_id" not in sign_in_by_passkey(phone).session

    def test_an_answer_works_once(self, phone):
        client = Client()
        options = client.get(LOG_IN, headers={"accept": "application/json"}).json()["request_options"]
        answer = phone.get(options)
        client.post(LOG_IN, {"credential": answer})
        client.post("/accounts/logout/")
        client.post(LOG_IN, {"credential": answer})
        assert "_auth_user_id" not in client.session

    def test_the_wish_where_to_go_survives_a_failure(self, world):
        response = Client().post(LOG_IN, {"credential": "{}", "next": "/choices/"})
        assert response.url == "/accounts/login/?next=%2Fchoices%2F"

    def test_a_password_then_asks_for_it(self, ada, phone):
        client = by_password(ada)
        assert "_auth_user_id" not in client.session
        options = options_in(client.get(SECOND_STEP).text)["request_options"]
        client.post(SECOND_STEP, {"credential": phone.get(options)})
        assert is_signed_in_as(client, ada)

    def test_a_recovery_code_stands_in_for_it(self, ada, phone):
        client = by_password(ada)
        client.post(SECOND_STEP, {"code": unused_code(ada)})
        assert is_signed_in_as(client, ada)

    def test_it_opens_the_staff_site(self, world, settings):
        settings.PORTAL_STAFF_MFA = "required"
        client, key = by_password(world.pia.user), Device()
        add_passkey(client, key)
        assert client.get("/admin/").status_code == 200
        assert sign_in_by_passkey(key).get("/admin/").status_code == 200


class TestProving:
    def test_it_is_the_first_way_to_prove(self, browser, phone):
        wait(browser, 400)
        assert browser.get("/accounts/2fa/webauthn/add/").url.startswith(PROVE)
        options = options_in(browser.get(PROVE).text)["request_options"]
        assert browser.post(PROVE, {"credential": phone.get(options)}).status_code == 302
        assert browser.get("/accounts/2fa/webauthn/add/").status_code == 200

    def test_a_mailed_code_no_longer_proves(self, browser, phone):
        assert browser.get("/accounts/reauthenticate/code/").url.startswith(PROVE)

    def test_the_passkey_of_another_proves_nothing(self, world, browser, phone):
        ben = signed_in(world.ben.user)
        prove(ben)
        theirs = Device()
        add_passkey(ben, theirs)
        options = options_in(browser.get(PROVE).text)["request_options"]
        assert browser.post(PROVE, {"credential": theirs.get(options)}).status_code == 422

    def test_it_is_the_second_way_that_unlocks(self, ada, browser, phone):
        browser.post("/lock/")
        client = sign_in_by_passkey(phone)
        assert client.get("/").url == "/locked/" and client.post("/locked/").status_code == 403
        assert client.get(PROVE).status_code == 200


class TestKeeping:
    def test_it_is_renamed(self, ada, browser, phone):
        page = f"/accounts/2fa/webauthn/keys/{passkeys(ada).get().pk}/edit/"
        assert browser.post(page, {"name": "Blue phone"}).status_code == 302
        assert "Blue phone" in browser.get("/accounts/2fa/").text
        assert browser.post(page, {"name": "x" * 61}).status_code == 200 and passkeys(ada).get().wrap().name

    def test_removed_it_signs_nobody_in_and_is_told(self, ada, browser, phone):
        elsewhere = sign_in_by_passkey(phone)
        browser.post(f"/accounts/2fa/webauthn/keys/{passkeys(ada).get().pk}/remove/")
        assert not passkeys(ada).exists() and elsewhere.get("/accounts/2fa/").status_code == 302
        assert "_auth_user_id" not in sign_in_by_passkey(phone).session
        assert "A passkey was removed from your access" in last_mail()

    def test_the_pages_that_remove_a_factor_say_what_is_then_enough(self, ada, browser, phone):
        remove, enough = f"/accounts/2fa/webauthn/keys/{passkeys(ada).get().pk}/remove/", "alone is enough to sign in"
        assert enough in browser.get(remove).text
        totp.TOTP.activate(ada, totp.generate_totp_secret())
        assert enough not in browser.get(remove).text
        turn_off = browser.get("/accounts/2fa/totp/deactivate/").text
        assert "your passkey is the second step" in turn_off and enough not in turn_off

    def test_nobody_renames_or_removes_another_persons(self, world, ada, phone):
        ben = signed_in(world.ben.user)
        prove(ben)
        for act in ("edit", "remove"):
            assert ben.post(f"/accounts/2fa/webauthn/keys/{passkeys(ada).get().pk}/{act}/").status_code == 404

    def test_it_is_sealed_for_its_owner(self, world, ada, phone):
        [stored] = passkeys(ada).values_list("data", flat=True)
        assert stored["sealed"].startswith(f"{settings.KEYRING.current}:")
        assert "attestationObject" not in json.dumps(stored)
        passkeys(ada).update(user=world.ben.user)
        with pytest.raises(KeyError):
            assert passkeys(world.ben.user).get().wrap().authenticator_data

    def test_it_is_sealed_anew_with_a_new_key(self, ada, phone, monkeypatch):
        known = settings.KEYRING
        renewed = Keyring(known.secret_key, known.index_key, {**known.wrapping, "9": bytes(32)}, "9", known.journal)
        assert reseal_second_factors(renewed) >= 1 and reseal_second_factors(renewed) == 0
        monkeypatch.setattr(settings, "KEYRING", renewed)
        assert passkeys(ada).values_list("data__sealed", flat=True)[0].startswith("9:")
        assert is_signed_in_as(sign_in_by_passkey(phone), ada)


ODD = ["", "null", "[]", "{}", "x", "\0", '{"id":1}', '{"response":[]}', '{"response":{"userHandle":"AA"}}', "9" * 400]
ODD += ["9" * 5000, '{"id":' + "9" * 5000 + "}", "[" * 50_000]
ODD += [json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": answer}) for answer in ({}, 1, None)]
SHAPES = [
    {"clientDataJSON": text, "attestationObject": text, "authenticatorData": text} for text in ("", "!", "AA", "_" * 99)
]
ODD += [
    json.dumps(
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": shape | {"signature": "AA", "userHandle": h}}
    )
    for shape in SHAPES
    for h in (None, "AA", "_w")
]


def test_whatever_a_browser_answers_gets_a_sentence(browser, phone, settings, subtests):
    settings.MFA_RATE_LIMITS = {"webauthn_login": "9000/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"reauthenticate": "9000/m/user"}
    client = Client()
    for answer in ODD:
        with subtests.test(answer=answer):
            client.get(LOG_IN, headers={"accept": "application/json"})
            assert client.post(LOG_IN, {"credential": answer}).status_code == 302
    for page in ("/accounts/2fa/webauthn/add/", PROVE):
        browser.get(page)  # as each refusal, it asks anew
        for answer in ODD:
            with subtests.test(page=page, answer=answer):
                response = browser.post(page, {"credential": answer})
                assert response.status_code == 422 and "did not work" in response.text
                assert options_in(response.text)


def test_without_script_the_pages_name_the_other_ways(browser, phone):
    assert "Email me a code" in Client().get("/accounts/login/").text
    assert "You can go on signing in as you do now" in browser.get("/accounts/2fa/webauthn/add/").text
    assert "Choose another way" in browser.get(PROVE).text


def test_recovery_codes_are_downloaded_from_the_page_itself(browser):
    page = browser.get(add_passkey(browser, Device()).url).text
    assert "data:text/plain" in page and "data-copy" in page and "data-print" in page
