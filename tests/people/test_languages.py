"""Which language a page speaks, and choosing one: on record where it is the customer's own."""

import pytest
from django.test import Client

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import Acting
from consents.people.services import customer_records
from consents.people.services.claiming import begin_acting
from tests.world.cast import make_customer, make_user, signed_in

GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5"}


def speaks(response) -> str:
    assert f'<html lang="{response["Content-Language"]}' in response.content.decode()
    return response["Content-Language"]


def choose(client, language: str, **data):
    return client.post("/language/", {"language": language} | data)


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-CH,de;q=0.9", "de"), ("es-MX", "es"), ("fr, es;q=0.5", "es"), ("fr", "en"), ("", "en"), ("\x01;;q=x", "en")],
    ids=["german", "mexican", "second choice", "none of ours", "silent", "nonsense"],
)
def test_a_stranger_is_spoken_to_as_their_browser_asks(db, header, language):
    response = Client().get("/help/", headers={"Accept-Language": header})

    assert speaks(response) == language
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].replace(" ", "").split(","))


def test_a_stranger_s_choice_is_remembered_by_the_browser_alone(db):
    client = Client()

    response = choose(client, "es", next="/privacy/?x=1")

    assert response.url == "/privacy/?x=1"
    assert speaks(client.get("/help/", headers=GERMAN)) == "es"
    assert client.cookies["language"]["httponly"] and not Entry.objects.filter(event="customer.language_chosen")


def test_the_customer_s_own_language_comes_before_the_browser(world):
    customer_records.choose_language(customer=world.ada.customer.pk, language="es", by=world.ada.actor)

    assert speaks(signed_in(world.ada.user).get("/", headers=GERMAN)) == "es"


def test_a_customer_s_choice_is_on_record_once(world):
    ada = signed_in(world.ada.user)
    choose(ada, "de")
    choose(ada, "de")

    world.ada.customer.refresh_from_db()
    entry = Entry.objects.get(event="customer.language_chosen")
    assert (world.ada.customer.language, entry.customer, entry.evidence is not None) == (
        "de",
        world.ada.customer.id,
        True,
    )
    assert speaks(ada.get("/")) == "de"


def test_who_acts_for_a_customer_does_not_choose_for_them(world):
    user = make_user("agent@example.com")
    begin_acting(user, world.ada.customer, "record.claimed", PORTAL, Acting.Capacity.AGENT)
    agent = signed_in(user)
    choose(agent, "de")

    world.ada.customer.refresh_from_db()
    assert (world.ada.customer.language, speaks(agent.get("/"))) == ("en", "de")


def test_a_language_that_is_none_of_ours_is_written_to_in_english(world):
    french = make_customer("C-F", "fr@example.com", language="fr")

    assert speaks(signed_in(french.user).get("/", headers=GERMAN)) == "en"


def test_the_staff_site_speaks_as_its_reader_chose_on_any_browser(world):
    choose(signed_in(world.sam.user), "de")
    elsewhere = signed_in(world.sam.user)

    assert speaks(elsewhere.get("/admin/", headers={"Accept-Language": "es"})) == "de"
    assert speaks(elsewhere.get("/help/")) == "de"
    assert not Entry.objects.filter(event__endswith="language_chosen")


def test_staff_who_chose_nothing_are_spoken_to_as_their_browser_asks(world):
    assert speaks(signed_in(world.sam.user).get("/admin/", headers=GERMAN)) == "de"


@pytest.mark.parametrize("data", [{}, {"language": "xx"}, {"language": "de\0"}], ids=["none", "unknown", "odd"])
def test_anything_else_changes_nothing(world, data):
    ada = signed_in(world.ada.user)

    assert ada.post("/language/", data).url == "/"
    world.ada.customer.refresh_from_db()
    assert world.ada.customer.language == "en"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"])
def test_it_leads_back_to_pages_of_ours_alone(db, page):
    assert choose(Client(), "de", next=page).url == "/"


def test_every_page_offers_each_language_in_itself(db):
    page = Client().get("/help/").content.decode()

    for code, name in [("de", "Deutsch"), ("es", "Español")]:
        assert f'name="language" value="{code}" lang="{code}">{name}</button>' in page
    assert '<span lang="en" aria-current="true">English</span>' in page
