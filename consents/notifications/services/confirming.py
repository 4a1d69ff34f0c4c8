"""Confirm to a customer by email what was done in their name, and by whom."""

from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.people.selectors import find_real_customer

# Whoever acts for the customer, or types in what the customer said; what the company does has emails of its own.
CONFIRMED_ACTORS = frozenset({"customer", "representative", "staff"})


def confirm_act(*, customer: UUID, act: Promise, key: str, actor: Actor, team: str = "") -> None:
    """Queue the confirmation in the caller's transaction. `act`: a sentence that names no person and no data, as it
    stands in the source; it is translated when the email is written. It may name the `team`.

    `key` makes it once-only. Nothing is sent for an act of the portal itself, nor to the customer whom it made up.
    """
    if actor.kind in CONFIRMED_ACTORS and (recipient := find_real_customer(customer)):
        with translation.override(None):
            words = str(act)
        queueing.notify(kind="act_confirmed", key=key, customer=recipient, act=words, team=team, by=actor.kind)


def list_translations(words: Promise) -> dict[str, str]:
    """List lazy words in each language, for an email whose language is known only when it is sent."""
    translated = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translated[language] = str(words)
    return translated
