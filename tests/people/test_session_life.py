"""What keeps a session alive, and what gives it a new id."""

import re
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.people.visitors import STAFF_IDLE
from tests.world.cast import PASSWORD, signed_in


@pytest.fixture
def pass_time(monkeypatch):
    """Let Django's clock, which judges sessions, run ahead."""
    passed = [timedelta(0)]
    real = timezone.now
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: real() + passed[0])

    def move(seconds: int) -> None:
        passed[0] += timedelta(seconds=seconds)

    return move


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def test_a_poll_keeps_no_session_alive(world, pass_time):
    sam = signed_in(world.sam.user)
    assert is_signed_in(sam)
    poll = reverse("admin:access_accessrequest_answered", query={"since": timezone.now().isoformat()})

    for _ in range(2):
        pass_time(STAFF_IDLE // 2 + 30)
        last = sam.get(poll)

    assert last.status_code == 302 and "ended" in last["Location"]
    assert not is_signed_in(sam)


def test_a_page_keeps_a_session_alive(world, pass_time):
    sam = signed_in(world.sam.user)
    for _ in range(4):
        assert is_signed_in(sam)
        pass_time(STAFF_IDLE // 3)


def test_every_page_that_asks_by_itself_is_a_poll():
    """What templates ask again and again is marked as a poll, so that it keeps no session alive."""
    from django.urls import get_resolver

    pages = [*settings.BASE_DIR.glob("templates/**/*.html")]
    asking = [page.name for page in pages if re.search('hx-trigger="[^"]*every', page.read_text())]
    assert sorted(asking) == ["news.html", "open.html"]
    polls = {"access_accessrequest_answered", "disclosures_open_status"}
    admin = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin")
    flat = [*admin.url_patterns]
    marked = set()
    while flat:
        one = flat.pop()
        flat += getattr(one, "url_patterns", [])
        if getattr(getattr(one, "callback", None), "is_poll", False):
            marked.add(one.name)
    assert marked == polls


def test_proving_again_who_one_is_gives_the_session_a_new_id(world):
    client, user = Client(), world.sam.user
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    UserSession.objects.filter(user=user).get()

    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert answer.status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert len(client.session[AUTHENTICATION_METHODS_SESSION_KEY]) == 2
    assert UserSession.objects.filter(user=user).get().session_key == client.session.session_key
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stolen.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("who", ["sam", "pia", "otto"])
def test_delete_pages_answer_alike_for_what_exists_and_what_does_not(world, who):
    from django.contrib import admin

    client = signed_in(getattr(world, who).user)
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_delete"
        ids = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)[:1]]
        for id in [*ids, "00000000-0000-4000-8000-000000000000", "x"]:
            for send in (client.get, client.post):
                assert send(reverse(name, args=[id])).status_code in (403, 404), (model_admin, id)
