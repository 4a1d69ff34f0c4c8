"""Reading the database, or a backup of it, lets nobody sign in: tokens are hashed, contents and factors sealed."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.client import ClientMixin

from consents.accounts.sessions import SessionStore
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.ops.monitoring.readiness import Browser
from tests.session_tokens import ORIGINAL
from tests.world.cast import PASSWORD, signed_in
from tests.world.proofs import app_code


def rows(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [" ".join(map(str, row)) for row in cursor.fetchall()]


def signed_in_by_password(email: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    return client


def test_no_stored_session_key_is_a_cookie(world):
    client = signed_in_by_password("sam@example.com")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    stored = rows("SELECT session_key, session_data FROM django_session")
    stored += rows("SELECT session_key FROM usersessions_usersession")

    assert UserSession.objects.count() == 1 and not any(cookie in row for row in stored)
    for key in [row.split(" ")[0] for row in stored]:
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = key
        assert thief.get("/admin/").status_code != 200


def test_only_the_request_that_ends_a_session_takes_the_cookie_away(world):
    """What a page of another tab still asks under the old token must not sign out who has just signed in again."""
    late = signed_in_by_password("sam@example.com")
    other_tab = Client()
    other_tab.cookies[settings.SESSION_COOKIE_NAME] = late.cookies[settings.SESSION_COOKIE_NAME].value

    ending = other_tab.post("/accounts/logout/")
    answer = late.get("/help/")

    assert ending.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0
    assert answer.status_code == 200 and settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_code_that_was_mailed_is_not_in_the_session_table(world):
    client = Client()
    client.post("/accounts/login/code/", {"email": "ada@example.com"})
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", mail.outbox[-1].body, re.M).group(1)

    for data in Session.objects.values_list("session_data", flat=True):
        with pytest.raises(signing.BadSignature):
            signing.loads(data, salt="django.contrib.sessions.SessionStore")
    assert client.post("/accounts/login/code/confirm/", {"code": code}).status_code == 302
    assert client.get("/").status_code == 200


def test_the_content_of_another_session_does_not_open(world):
    sam, pia = signed_in(world.sam.user), signed_in(world.pia.user)
    theirs = Session.objects.get(pk=pia.session.session_key)
    Session.objects.filter(pk=sam.session.session_key).update(session_data=theirs.session_data)

    assert dict(SessionStore(sam.session.session_key).items()) == {}
    assert sam.get("/admin/").status_code == 302


def test_signing_out_elsewhere_still_ends_the_others_alone(world):
    here, there = signed_in_by_password("sam@example.com"), signed_in_by_password("sam@example.com")
    assert UserSession.objects.filter(user=world.sam.user).count() == 2

    here.post("/accounts/sessions/")

    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302


def test_an_older_secret_key_opens_until_it_is_dropped(world, monkeypatch):
    client, old = signed_in(world.sam.user), str(settings.SECRET_KEY)

    monkeypatch.setattr(settings, "SECRET_KEY", "another secret key " * 4)
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [old])
    assert client.get("/admin/").status_code == 200

    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [])
    assert signed_in(world.kim.user).get("/admin/").status_code == 200
    monkeypatch.setattr(settings, "SECRET_KEY", "a third secret key  " * 4)
    assert client.get("/admin/").status_code == 302


def test_what_a_machine_that_was_restarted_before_this_one_seals_opens_here(world, settings, tmp_path):
    """After `rotate_keys --secret`, of which this process learns with the first session that it cannot open."""
    settings.PORTAL_KEYS, older, newer = tmp_path, str(settings.SECRET_KEY), "the next secret key " * 4
    (tmp_path / "secret_key").write_text(newer)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = newer.strip(), [older]
    client = signed_in(world.sam.user)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = older, []
    assert client.get("/admin/").status_code == 200
    assert (newer.strip(), [older]) == (settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = older, []
    (tmp_path / "secret_key").write_text("half a key")
    assert client.get("/admin/").status_code == 302


def test_second_factors_are_sealed_and_still_answer(world):
    secret = totp.generate_totp_secret()
    factor = totp.TOTP.activate(world.sam.user, secret)
    recovery = RecoveryCodes.activate(world.sam.user)
    codes = recovery.get_unused_codes()
    stored = " ".join(rows("SELECT data::text FROM mfa_authenticator"))

    assert secret not in stored
    for data in Authenticator.objects.values_list("data", flat=True):
        assert data.keys() == {"sealed"} and data["sealed"].startswith(f"{settings.KEYRING.current}:")
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    assert factor.validate_code(totp.format_hotp_value(totp.hotp_value(secret, counter)))
    assert recovery.validate_code(codes[0])


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved", "copied"])
def test_a_factor_of_another_person_proves_nothing(world, is_moved):
    """Whoever writes to the database has a factor of their own, and its secret: it must not become an officer's."""
    secret, recovery = totp.generate_totp_secret(), RecoveryCodes.activate(world.sam.user)
    codes = recovery.get_unused_codes()
    totp.TOTP.activate(world.sam.user, secret)

    Authenticator.objects.filter(user=world.pia.user).delete()
    theirs = Authenticator.objects.filter(user=world.sam.user)
    if is_moved:
        theirs.update(user=world.pia.user)
    else:
        copies = [Authenticator(user=world.pia.user, **row) for row in theirs.values("type", "data")]
        Authenticator.objects.bulk_create(copies)  # past the signal that seals

    theirs = {factor.type: factor.wrap() for factor in Authenticator.objects.filter(user=world.pia.user)}
    assert not theirs["totp"].validate_code(app_code(secret))
    assert not theirs["recovery_codes"].validate_code(codes[0])
    assert theirs["recovery_codes"].get_unused_codes() == []


@pytest.mark.parametrize("data", [{"migrated_codes": ["12345678"]}, {"seed": "00", "used_mask": 0}, {}, [], "x"])
def test_recovery_codes_that_were_written_in_clear_prove_nothing(world, data):
    kind = Authenticator.Type.RECOVERY_CODES
    Authenticator.objects.filter(user=world.pia.user).delete()
    Authenticator.objects.bulk_create([Authenticator(user=world.pia.user, type=kind, data=data)])

    forged = Authenticator.objects.get(user=world.pia.user, type=kind).wrap()

    assert forged.get_unused_codes() == [] and not forged.validate_code("12345678")


def test_the_portals_own_browser_signs_in_without_help_of_the_tests(world, monkeypatch):
    for name, original in ORIGINAL.items():
        monkeypatch.setattr(ClientMixin, name, original)
    browser = Browser()

    browser.force_login(world.sam.user)

    assert browser.get("/admin/").status_code == 200
    browser.logout()
    assert browser.get("/admin/").status_code == 302
