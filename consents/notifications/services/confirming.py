"""Confirm to a customer by email what was done in their name, and by whom."""

from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.people.models import Customer

# Whoever acts for the customer; what the company does has emails of its own.
OWN_ACTORS = frozenset({"customer", "representative"})


def confirm_act(*, customer: UUID, act: Promise, key: str, actor: Actor) -> None:
    """Queue the confirmation in the caller's transaction. `act`: a sentence that names no person and no data.

    `key` makes it once-only. Nothing is sent for an act of the company.
    """
    if actor.kind in OWN_ACTORS:
        told = Customer.objects.get(pk=customer)
        queueing.notify(kind="act_confirmed", key=key, customer=told, act=list_translations(act), by=actor.kind)


def list_translations(words: Promise) -> dict[str, str]:
    """List lazy words in each language, for an email whose language is known only when it is sent."""
    translated = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translated[language] = str(words)
    return translated
