"""Views of the queue that an officer keeps: filters and order under a name, one of them first."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from consents.law.kinds import Type
from consents.ledger.rules import PORTAL
from consents.people.models import Role, StaffMember
from consents.people.services import staff_members
from consents.people.services.holding import NotAnOfficer
from consents.rights.models import SavedView
from consents.rights.services.saved_views import MOST_VIEWS, keep_queue_view, remove_left_views
from tests.rights.officer_pages import LIST, text
from tests.world.cast import signed_in
from tests.world.rights_requests import file, search

VIEWS = f"{LIST}views/"
KEEP = {"keep": "1", "kept_officer": "me", "kept_sort": "oldest"}


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


def listed(client: Client, url: str) -> set[str]:
    return {row.number for row in client.get(url).context["cl"].result_list}


def test_a_list_is_kept_under_a_name_and_opened_by_it(world, pia):
    own, free = file(world.ada), file(world.ben, Type.PORTABILITY)
    search(world, own)
    page = pia.get(f"{LIST}?officer=me&sort=oldest&p=after:x&customer={world.ada.customer.pk}")
    assert page.context["to_keep"] == {"kept_officer": "me", "kept_sort": "oldest"}

    kept = pia.post(VIEWS, KEEP | {"name": "Mine, oldest first"})

    assert kept.url == f"{LIST}?officer=me&sort=oldest"
    shown = pia.get(kept.url)
    assert "Your views: <strong>Mine, oldest first</strong>" in text(shown)
    assert listed(pia, kept.url) == {own.number}
    assert listed(pia, LIST) == {own.number, free.number}
    assert "Mine, oldest first" not in text(signed_in(world.otto.user).get(LIST))


def test_the_list_opens_with_the_first_one_and_every_way_out_of_it_leads_out(world, pia):
    file(world.ada)
    pia.post(VIEWS, KEEP | {"name": "Mine", "is_first": "on"})
    pia.post(
        VIEWS, KEEP | {"name": "Late", "kept_officer": "", "kept_sort": "", "kept_state": "late", "is_first": "on"}
    )

    assert pia.get(LIST).url == f"{LIST}?state=late"
    assert 'href="?state=open"' in pia.get(f"{LIST}?state=late").text
    assert len(listed(pia, f"{LIST}?state=open")) == 1
    assert signed_in(world.otto.user).get(LIST).status_code == 200

    pia.post(VIEWS, {"first": "1"})
    assert pia.get(LIST).status_code == 200


def test_views_are_changed_and_removed_by_their_owner_alone(world, pia):
    pia.post(VIEWS, KEEP | {"name": "Mine"})
    pia.post(VIEWS, KEEP | {"name": "Mine", "kept_sort": "newest"})
    view = SavedView.objects.get()
    assert view.query == {"officer": "me", "sort": "newest"} and "Mine" in text(pia.get(VIEWS))

    for post in ({"remove": "1"}, {"first": "1"}):
        signed_in(world.otto.user).post(VIEWS, post | {"view": view.pk})
    assert SavedView.objects.get().is_first is False
    assert "as for everybody" not in text(pia.get(VIEWS))
    opened = text(pia.post(VIEWS, {"view": view.pk, "first": "1"}, follow=True))
    assert SavedView.objects.get().is_first is True and "Saved." in opened and "as for everybody" in opened
    removed = text(pia.post(VIEWS, {"view": view.pk, "remove": "1"}, follow=True))
    assert not SavedView.objects.exists() and "The view is removed." in removed and "Saved." not in removed


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 30, "-1", "٣", "\0"])
def test_an_odd_number_of_a_view_is_nobodys(pia, number):
    for what in ("first", "remove"):
        assert pia.post(VIEWS, {"view": number, what: "1"}).status_code == 302


def test_an_odd_filter_is_not_kept(pia):
    for odd in ("\0", "a\0b"):
        assert pia.post(VIEWS, KEEP | {"name": "Odd", "kept_officer": odd}).status_code == 302
        assert "officer" not in SavedView.objects.get().query


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (KEEP, "Give the view a name."),
        (KEEP | {"name": "x" * 41}, "at most 40"),
        (KEEP | {"name": "\0"}, "not allowed"),
        ({"keep": "1", "name": "All"}, "Choose a filter or an order first"),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence_and_loses_nothing(pia, data, sentence):
    response = pia.post(VIEWS, data)

    assert response.status_code == 422 and sentence in text(response)
    assert ('name="kept_officer" value="me"' in response.text) == ("kept_officer" in data)


@pytest.mark.parametrize("data", [{}, {"remove": "1"}, {"view": "odd", "remove": "1"}, {"first": "1", "view": "99"}])
def test_an_odd_press_is_no_error(pia, data):
    assert pia.post(VIEWS, data).url == VIEWS


def test_they_go_when_their_owner_is_no_officer_any_longer(world):
    for officer in (world.pia, world.otto):
        keep_queue_view(name="Late", query={"state": "late"}, is_first=False, officer=officer)
    staff_members.move_staff_member(member=world.pia, role=Role.REQUESTER, team="Shop", by=PORTAL)

    remove_left_views()

    assert [view.owner_id for view in SavedView.objects.all()] == [world.otto.pk]


def test_there_is_room_for_so_many(world, pia):
    for number in range(MOST_VIEWS):
        keep_queue_view(name=str(number), query={"state": "late"}, is_first=False, officer=world.pia)

    assert "Remove one first" in text(pia.post(VIEWS, KEEP | {"name": "One more"}))
    assert pia.post(VIEWS, KEEP | {"name": "0"}).status_code == 302


def test_requesters_have_no_queue_to_keep(world):
    assert signed_in(world.sam.user).post(VIEWS, KEEP | {"name": "Mine"}).status_code == 404
    with pytest.raises(NotAnOfficer):
        keep_queue_view(name="Mine", query={"state": "late"}, is_first=False, officer=world.sam)


def test_the_database_knows_one_first_view_of_an_officer(world):
    for name in ("one", "two"):
        keep_queue_view(name=name, query={"state": "late"}, is_first=False, officer=world.pia)
    keep_queue_view(name="one", query={"state": "late"}, is_first=True, officer=world.otto)

    with pytest.raises(IntegrityError, match="rights_savedview_one_first"), transaction.atomic():
        SavedView.objects.filter(owner=StaffMember.objects.get(pk=world.pia.pk)).update(is_first=True)
