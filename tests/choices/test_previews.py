"""What an officer is told before the catalogue changes."""

from datetime import timedelta

from consents.catalogue import services as catalogue
from consents.choices import previews
from consents.choices import services as choices
from consents.choices.models import Choice
from consents.ledger.rules import PORTAL
from tests.choices.conftest import make_offers, publish_next


def test_wording_only_keeps_consent_and_says_so(world):
    given = choices.give(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    draft = catalogue.next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)

    draft.material = False

    assert Choice.objects.get() == given
    assert previews.who_is_asked_anew(draft) == [
        "The consent of 1 customer stands; they are told that the words have changed."
    ]


def test_consent_that_has_ended_already_is_not_counted_again(real_world, later):
    """No job has put it on record yet."""
    world = real_world
    offers = make_offers(world)
    stands = {"customer": world.ada.customer.id, "by": world.ada.actor}
    choices.give(purpose="support", version=world.version.pk, **stands)
    choices.give(purpose="offers", version=offers.pk, **stands)
    assert previews.given(world.purpose) == 1
    assert previews.what_stands(world.ada.customer.id) == ["2 consents count no more."]

    newer = publish_next(world.version, world.pia.user)
    assert previews.given(world.purpose) == 0 and previews.who_is_asked_anew(newer) == []
    assert previews.what_would_end(world.purpose) == ["The consent of 0 customers counts no more."]
    assert previews.what_stands(world.ada.customer.id) == ["1 consent counts no more."]
    assert previews.given(offers.purpose) == 1

    later(timedelta(days=366))
    assert previews.given(offers.purpose) == 0 and previews.what_stands(world.ada.customer.id) == []
    assert set(Choice.objects.values_list("status", flat=True)) == {"ConsentGiven"}


def test_large_numbers_are_grouped():
    assert previews.readable(1204) == "1,204"
