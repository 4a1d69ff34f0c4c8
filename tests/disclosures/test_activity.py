"""Who looked: every look, with who, what, when and on which permission."""

import pytest
from django.urls import reverse

from consents.disclosures.services import disclose_own_copy, disclose_records
from consents.ledger.rules import Actor
from tests.world.cast import answer, ask, signed_in
from tests.world.scene_fixtures import scene


@scene
def looked(real_world):
    request = answer(real_world, ask(real_world))
    for code in ("orders", "contact"):
        grant = request.grants.get(category__code=code)
        disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=Actor("staff", str(real_world.sam.pk)))
    return request


def page(world, **query):
    return signed_in(world.ada.user).get(reverse("disclosures:activity"), query).content.decode()


def test_the_customer_sees_each_look_at_once(real_world, looked):
    text = page(real_world)

    assert "1 person looked 2 times" in text
    assert text.count("Sam from Billing Support") >= 2
    assert reverse("access:request", args=[looked.pk]) in text


@pytest.mark.parametrize(
    ("filters", "headline"),
    [
        ({}, "1 person looked 2 times."),
        ({"days": "30"}, "1 person looked 2 times in the last 30 days."),
        ({"days": "7", "category": "orders"}, "1 person looked once in the last 7 days."),
        # Days that are typed count, and not the period beside them.
        ({"days": "7", "start": "2020-01-01"}, "1 person looked 2 times in the time you chose."),
    ],
)
def test_the_headline_counts_what_the_filter_shows(real_world, looked, filters, headline):
    assert f'<p class="lead">{headline}</p>' in page(real_world, **filters)


def test_one_s_own_copy_is_nobodys_look(real_world):
    disclose_own_copy(customer=real_world.ben.customer.pk, by=real_world.ben.actor)
    text = signed_in(real_world.ben.user).get(reverse("disclosures:activity")).content.decode()
    assert "No look at your data is listed." in text and "Your own copy" in text


def test_it_filters_without_script(real_world, looked):
    assert "Opened: Contact details" not in page(real_world, category="orders")


@pytest.mark.parametrize("query", [{"days": "x"}, {"category": "nothing"}, {"page": "999"}, {"page": "x"}])
def test_odd_filters_show_a_page(real_world, looked, query):
    assert "Who looked at your data" in page(real_world, **query)


def test_another_customer_sees_none_of_it(real_world, looked):
    text = signed_in(real_world.ben.user).get(reverse("disclosures:activity")).content.decode()

    assert "No look at your data is listed" in text


def test_a_log_with_nothing_in_it_offers_no_filter(real_world, looked):
    empty = signed_in(real_world.ben.user).get(reverse("disclosures:activity")).content.decode()

    assert "Filter the log" not in empty and "Last 7 days" not in empty
    assert "Filter the log" in page(real_world, days="7", start="2020-01-01", end="2020-01-02")


def test_the_fragment_renders_alone(real_world, looked):
    response = signed_in(real_world.ada.user).get(reverse("disclosures:activity"), headers={"HX-Request": "true"})

    assert response.content.decode().lstrip().startswith('<div id="results"')
    assert "HX-Request" in response["Vary"]


def test_one_s_own_copy_says_what_was_read(real_world):
    disclose_own_copy(customer=real_world.ada.customer.pk, by=real_world.ada.actor)

    text = " ".join(page(real_world).split())
    assert "Your data was read to show it to you" in text and "Opened: <" not in text
