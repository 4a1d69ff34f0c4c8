"""Confirm to a customer by email what was done in their name, and by whom."""

from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.notifications.services import queueing
from consents.people.selectors import find_real_customer

# Whoever acts for the customer, or types in what the customer said; what the company does has emails of its own.
CONFIRMED_ACTORS = frozenset({"customer", "representative", "staff"})
KIND = "act_confirmed"
# Whoever holds somebody's session, or means to bury one act under many, floods no mailbox.
MOST_IN_AN_HOUR = 5
CONFIRMED_LATELY = """
SELECT id FROM notifications_message
WHERE kind = %s AND customer_id = %s AND queued_at > portal.now() - interval '1 hour' ORDER BY queued_at DESC LIMIT %s
"""
COLLECTED = _(
    "Many changes were made within an hour. This email stands for all further ones of that hour; the pages list each."
)


def confirm_act(
    *,
    customer: UUID,
    act: Promise,
    key: str,
    actor: Actor,
    team: str = "",
    is_collected: bool = True,
) -> None:
    """Queue the confirmation in the caller's transaction. `act`: a sentence that names no person and no data, as it
    stands in the source; it is translated when the email is written. It may name the `team`.

    `key` makes it once-only. Nothing is sent for an act of the portal itself, nor to the customer whom it made up.
    After MOST_IN_AN_HOUR within an hour, one email stands for the rest of it; but never for what staff typed, nor
    where `is_collected` is False.
    """
    recipient = find_real_customer(customer) if actor.kind in CONFIRMED_ACTORS else None
    if recipient is None:
        return
    if is_collected and actor.kind != "staff":
        lately = Message.objects.raw(CONFIRMED_LATELY, [KIND, customer, MOST_IN_AN_HOUR])
        if len(lately) >= MOST_IN_AN_HOUR:
            act, key, team = COLLECTED, f"acts.collected:{customer}:{clock.now():%Y-%m-%dT%H}", ""
    with translation.override(None):
        words = str(act)
    queueing.notify(kind=KIND, key=key, customer=recipient, act=words, team=team, by=actor.kind)


def list_translations(words: Promise) -> dict[str, str]:
    """List lazy words in each language, for an email whose language is known only when it is sent."""
    translated = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translated[language] = str(words)
    return translated
