"""Where an account is signed in: each device with its last use, signed out one by one or all others at once."""

import time
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from consents.ledger.models import Entry
from consents.people import passwords
from consents.people.known_browsers import IS_KNOWN, read_known_users, sign_known_users
from consents.people.models import User
from consents.people.passwords import LimitedArgon2PasswordHasher, TooManySignIns
from consents.people.visitors import CUSTOMER_IDLE
from tests.world.cast import PASSWORD, signed_in
from tests.world.proofs import last_mail

PAGE = "/accounts/sessions/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(user: User, browser: str) -> Client:
    client = Client(headers={"user-agent": browser})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert client.get("/help/").status_code == 200
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/sessions/").status_code == 200


def id_of(client: Client) -> int:
    return UserSession.objects.get(session_key=client.session.session_key).pk


def test_the_page_names_each_device_and_marks_this_one(ada):
    here, _phone = sign_in(ada, LAPTOP), sign_in(ada, PHONE)

    page = here.get(PAGE).content.decode()

    assert "Firefox on Linux" in page and "Safari on iPhone" in page and page.count("This device") == 1
    assert page.index("This device") < page.index("Safari on iPhone")


def test_one_device_is_signed_out_on_record_and_told(world, ada):
    here, phone, other = sign_in(ada, LAPTOP), sign_in(ada, PHONE), sign_in(ada, PHONE)

    here.post(PAGE, {"device": id_of(phone), "token": str(uuid4())})

    assert is_signed_in(here) and is_signed_in(other) and not is_signed_in(phone)
    entry = Entry.objects.get(event="session.ended")
    assert (entry.customer, entry.object, entry.facts["sessions"]) == (world.ada.customer.id, str(ada.pk), 1)
    assert "1 device was signed out of your access" in last_mail()


def test_a_second_press_changes_nothing(ada):
    here, phone = sign_in(ada, LAPTOP), sign_in(ada, PHONE)
    form = {"device": id_of(phone), "token": str(uuid4())}

    for sent in (form, form, form | {"token": str(uuid4())}):
        assert here.post(PAGE, sent).url == PAGE

    assert Entry.objects.filter(event="session.ended").count() == 1
    assert "signed out already" in here.get(PAGE).content.decode()


def test_all_others_are_signed_out_at_once(ada):
    here, others = sign_in(ada, LAPTOP), [sign_in(ada, PHONE), sign_in(ada, LAPTOP)]

    here.post(PAGE, {"token": str(uuid4())})

    assert is_signed_in(here) and not any(is_signed_in(client) for client in others)
    assert Entry.objects.get(event="session.ended").facts["sessions"] == 2


@pytest.mark.parametrize("device", ["", "0", "x", "\0", "9" * 40])
def test_a_device_that_is_nobodys_signs_nobody_out(ada, device):
    here, phone = sign_in(ada, LAPTOP), sign_in(ada, PHONE)

    assert here.post(PAGE, {"device": device}).url == PAGE
    assert is_signed_in(here) and is_signed_in(phone)


def test_nobody_signs_another_person_out(world, ada):
    ben = world.ben.user
    ben.set_password(PASSWORD)
    ben.save(update_fields=["password"])
    theirs, phone = sign_in(ben, LAPTOP), sign_in(ada, PHONE)

    theirs.post(PAGE, {"device": id_of(phone)})

    assert is_signed_in(phone) and not Entry.objects.filter(event="session.ended").exists()


def test_this_browser_is_signed_out_by_the_usual_way_alone(ada):
    here = sign_in(ada, LAPTOP)

    here.post(PAGE, {"device": id_of(here)})

    assert is_signed_in(here)


def test_what_time_has_ended_is_not_shown(ada):
    here, phone = sign_in(ada, LAPTOP), sign_in(ada, PHONE)
    session = phone.session
    session["touched"] = int(time.time()) - CUSTOMER_IDLE - 60
    session.save()

    assert "iPhone" not in here.get(PAGE).content.decode()


def test_the_page_asks_no_more_for_more_devices(ada, django_assert_max_num_queries):
    here, _others = sign_in(ada, LAPTOP), [sign_in(ada, PHONE) for _ in range(6)]
    here.get(PAGE)

    with django_assert_max_num_queries(14):
        here.get(PAGE)


def test_staff_see_and_end_theirs_too(world):
    here, there = sign_in(world.sam.user, LAPTOP), sign_in(world.sam.user, PHONE)

    here.post(PAGE, {"device": id_of(there)})

    assert is_signed_in(here) and not is_signed_in(there)
    assert Entry.objects.get(event="session.ended").customer is None


# A browser in which someone signed in is known again, and is not counted with strangers.


def read_cookie(client: Client) -> list:
    return read_known_users(client.cookies[settings.KNOWN_COOKIE_NAME].value)


def test_it_is_known_once_someone_has_signed_in_and_stays_so(world):
    client = signed_in(world.ada.user)
    client.get("/")
    assert read_cookie(client) == [world.ada.user.pk]

    client.post("/accounts/logout/")

    assert read_cookie(client) == [world.ada.user.pk]


def test_a_family_shares_a_browser(world):
    client = signed_in(world.ada.user)
    client.get("/")
    client.force_login(world.ben.user)
    client.get("/")

    assert read_cookie(client) == [world.ben.user.pk, world.ada.user.pk]


def test_a_stranger_gets_none(world):
    client = Client()
    client.get("/help/")

    assert settings.KNOWN_COOKIE_NAME not in client.cookies


def test_it_is_not_set_again_with_each_page(world):
    client = signed_in(world.ada.user)
    client.get("/")

    assert settings.KNOWN_COOKIE_NAME not in client.get("/").cookies


@pytest.mark.parametrize("cookie", ["", "x", "a774cd96-46f4-4c35-9d60-efb27fff598d", "a:b:c", "x" * 5000])
def test_what_is_not_ours_knows_nobody(cookie):
    assert read_known_users(cookie) == []
    assert read_known_users(sign_known_users([uuid4()])[:-1]) == []


def test_a_cookie_that_was_read_before_still_grows_old():
    user = uuid4()
    cookie = sign_known_users([user])

    assert read_known_users(cookie) == [user]
    assert read_known_users(cookie, max_age=-1) == []


def test_strangers_wait_for_their_own_turn_to_be_hashed(monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.05)
    hasher = LimitedArgon2PasswordHasher()
    with passwords.hashing_slot():
        with pytest.raises(TooManySignIns) as refused:
            hasher.encode("correct horse battery staple", "saltsaltsalt")
        token = IS_KNOWN.set(True)
        try:
            encoded = hasher.encode("correct horse battery staple", "saltsaltsalt")
        finally:
            IS_KNOWN.reset(token)

    assert refused.value.status == 503
    assert hasher.verify("correct horse battery staple", encoded)


def test_the_portal_hashes_with_it():
    from portal import settings as production

    assert production.PASSWORD_HASHERS[0].endswith("LimitedArgon2PasswordHasher")
