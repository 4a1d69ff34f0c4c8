"""Two officers at one draft: neither's words are replaced, or published, by who has not seen them."""

import re

import pytest

from consents.catalogue.models import PurposeVersion
from consents.ledger.models import Entry
from tests.catalogue.officer_forms import PURPOSES, acting, notices, text, words
from tests.world.cast import signed_in


@pytest.fixture
def pia(world):
    return signed_in(world.pia.user)


@pytest.fixture
def address(world, pia) -> str:
    """Of a draft that Pia wrote."""
    return pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url


def shown_on(response) -> str:
    return re.search(r'name="shown_record" value="(\w+)"', text(response)).group(1)


def test_who_saves_second_is_told_and_keeps_what_they_typed(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    typed = words(world.purpose, world.categories["orders"])
    opened = {"shown_record": shown_on(quinn.get(address))}
    theirs = typed | notices(draft.notices.all(), text="Pia's words.") | {"shown_record": shown_on(pia.get(address))}
    hers = typed | notices(draft.notices.all(), text="Quinn's words.") | opened
    assert pia.post(address, theirs | {"_save": ""}).status_code == 302

    for pressed in ({"_save": ""}, {"_next": "publish"}):
        page = quinn.post(address, hers | pressed)
        assert "This was changed since your page was loaded" in text(page) and "correct the error" not in text(page)
        assert "Quinn&#x27;s words." in text(page)
        assert {notice.text for notice in draft.notices.all()} == {"Pia's words."}

    assert quinn.post(address, hers | {"_save": "", "shown_record": shown_on(page)}).status_code == 302
    assert {notice.text for notice in draft.notices.all()} == {"Quinn's words."}


def test_nobody_publishes_what_was_changed_after_they_read_it(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    asked = shown_on(quinn.get(address.replace("/change/", "/act/publish/")))
    pia.post(address, words(world.purpose, world.categories["orders"]) | notices(draft.notices.all()) | {"_save": ""})

    told = quinn.post(address, acting("publish", draft, confirm="1", shown_record=asked), follow=True)

    assert "the record has changed since your page was loaded" in text(told)
    assert not Entry.objects.filter(event="purpose_version.published", object=str(draft.pk)).exists()
    again = shown_on(quinn.get(address.replace("/change/", "/act/publish/")))
    token = {"token": "6f1b4f0e-3a54-4c0c-9f7f-0d4b5c7f3a11"}
    for _ in range(2):
        done = quinn.post(address, acting("publish", draft, confirm="1", shown_record=again) | token, follow=True)
        assert "The version is published and in force." in text(done)


def test_who_saves_what_was_published_meanwhile_reads_that_it_changed(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    typed = words(world.purpose, world.categories["orders"]) | notices(draft.notices.all())
    pia.post(address, typed | {"_save": ""})
    opened = shown_on(pia.get(address))
    quinn.post(address, acting("publish", draft, confirm="1"))

    told = pia.post(address, typed | {"_save": "", "shown_record": opened}, follow=True)

    assert "the record has changed since your page was loaded" in text(told)
