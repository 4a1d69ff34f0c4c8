"""What an officer is told before the catalogue changes."""

from consents.catalogue import services as catalogue
from consents.choices import previews
from consents.choices import services as choices
from consents.choices.models import Choice
from consents.ledger.rules import PORTAL


def test_wording_only_keeps_consent_and_says_so(world):
    given = choices.give(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    draft = catalogue.next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)

    draft.material = False

    assert Choice.objects.get() == given
    assert previews.who_is_asked_anew(draft) == [
        "The consent of 1 customer stands; the page of choices says that the words have changed."
    ]


def test_large_numbers_are_grouped():
    assert previews.readable(1204) == "1,204"
