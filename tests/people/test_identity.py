"""Who is signed in is read in one statement, anew for each click; the opened session alone says who it is."""

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.ledger.rules import PORTAL
from consents.people.known_browsers import sign_known_users
from consents.people.models import User
from consents.people.services import staff_members
from tests.world.cast import ask, signed_in


def statements_of(client, path: str) -> int:
    client.get(path)  # the first page of a session writes down when it began
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_it_reads_each_page_of_requests_and_choices_in_two_statements(world):
    waiting, ada = ask(world), signed_in(world.ada.user)

    for path in ("/", f"/requests/{waiting.pk}/", "/choices/"):
        assert statements_of(ada, path) == 2


def test_it_shows_the_user_of_the_session_whoever_the_browser_is_known_for(world):
    ada = signed_in(world.ada.user)
    ada.cookies[settings.KNOWN_COOKIE_NAME] = sign_known_users([world.ben.user.pk])

    assert ada.get("/").context["user"] == world.ada.user
    assert ada.get("/").context["request"].visitor.customer == world.ada.customer


def test_it_opens_nothing_for_a_known_browser_without_a_session(world):
    stranger = signed_in(world.ada.user)
    stranger.get("/")
    del stranger.cookies[settings.SESSION_COOKIE_NAME]

    assert stranger.get("/").status_code == 302


def test_it_opens_nothing_for_a_session_that_is_none(world):
    ada = signed_in(world.ada.user)
    ada.get("/")
    ada.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    assert ada.get("/").status_code == 302


def test_what_ended_counts_at_the_next_click(world):
    ada, sam = signed_in(world.ada.user), signed_in(world.sam.user)
    for client in (ada, sam):
        client.get("/", follow=True)

    User.objects.filter(pk=world.ada.user.pk).update(is_active=False)
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    assert ada.get("/").status_code == 302
    assert sam.get("/admin/").status_code == 302


def test_it_counts_what_waits_anew_on_each_page(world):
    ada = signed_in(world.ada.user)
    assert ada.get("/").context["portal"]["nav"][0]["count"] == 0

    ask(world)

    assert ada.get("/choices/").context["portal"]["nav"][0]["count"] == 1
