"""What an officer is told before the catalogue changes."""

from datetime import timedelta

from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.services import answering
from consents.choices.staff import admin
from consents.ledger.rules import PORTAL
from tests.world.choices import make_offers, publish_next


def test_wording_only_keeps_consent_and_says_so(world):
    given = answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    draft = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)

    draft.material = False

    assert Choice.objects.get() == given
    assert admin.preview_customers_asked_again(draft) == [
        "The consent of 1 customer stands; they are told that the words have changed."
    ]


def test_consent_that_has_ended_already_is_not_counted_again(real_world, later):
    """No job has put it on record yet."""
    world = real_world
    offers = make_offers(world)
    stands = {"customer": world.ada.customer.id, "by": world.ada.actor}
    answering.give_consent(purpose="support", version=world.version.pk, **stands)
    answering.give_consent(purpose="offers", version=offers.pk, **stands)
    assert admin.count_given(world.purpose) == 1
    assert admin.preview_erased_consents(world.ada.customer.id) == ["2 consents no longer count."]

    newer = publish_next(world.version, world.pia.user)
    assert admin.count_given(world.purpose) == 0 and admin.preview_customers_asked_again(newer) == []
    assert admin.preview_ended_consents(world.purpose) == []
    assert admin.preview_erased_consents(world.ada.customer.id) == ["1 consent no longer counts."]
    assert admin.count_given(offers.purpose) == 1

    later(timedelta(days=366))
    assert admin.count_given(offers.purpose) == 0 and admin.preview_erased_consents(world.ada.customer.id) == []
    assert set(Choice.objects.values_list("status", flat=True)) == {"ConsentGiven"}
