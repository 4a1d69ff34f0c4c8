"""Links from wallets and brokers: to the right that is asked for, or to the request that runs."""

import pytest
from django.test import Client

from consents.law.kinds import Type
from tests.world.cast import signed_in
from tests.world.rights_requests import file


@pytest.mark.parametrize("word", ["deletion", "erasure", "A17"])
def test_it_leads_to_the_right_of_the_law_that_holds(world, word):
    sent = signed_in(world.ada.user).get(f"/rights/?ask={word}")

    assert sent.status_code == 302 and sent.url == "/rights/erasure/"


def test_under_another_law_it_leads_to_the_nearest(world):
    assert signed_in(world.cal.user).get("/rights/?ask=erasure").url == "/rights/deletion/"


def test_asking_twice_leads_to_the_one_that_runs(world):
    running, ada = file(world.ada, Type.ERASURE), signed_in(world.ada.user)

    assert ada.get("/rights/?ask=deletion").url == f"/rights/requests/{running.number}/"
    assert signed_in(world.ben.user).get("/rights/?ask=deletion").url == "/rights/erasure/"


def test_a_stranger_says_where_they_live_or_signs_in_first(world):
    client = Client()
    page = client.get("/rights/?ask=deletion")
    assert '<input type="hidden" name="ask" value="deletion">' in page.text
    assert "next=%2Frights%2F%3Fask%3Ddeletion" in page.text and "You came here to ask for" in page.text

    assert client.get("/rights/", {"ask": "deletion", "where": "DE"}).url == "/rights/erasure/?where=DE"


@pytest.mark.parametrize("word", ["", "shoes", "x" * 5000])
def test_what_is_no_right_shows_the_list(world, word):
    assert signed_in(world.ada.user).get(f"/rights/?ask={word}").status_code == 200
