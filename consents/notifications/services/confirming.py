"""Confirm to a customer by email what was done in their name, and by whom."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.core.clock import DatabaseNow
from consents.core.gathering import Gathered, Parts, define_gathering
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.notifications.services import queueing
from consents.people.selectors import select_real_customer

# Whoever acts for the customer, or types in what the customer said; what the company does has emails of its own.
CONFIRMED_ACTORS = frozenset({"customer", "representative", "staff"})
KIND = "act_confirmed"
# Whoever holds somebody's session, or means to bury one act under many, floods no mailbox.
MOST_IN_AN_HOUR = 5
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
    read: Gathered | None = None,
) -> None:
    """Queue the confirmation in the caller's transaction. `act`: a sentence that names no person and no data, as it
    stands in the source; it is translated when the email is written. It may name the `team`.

    `key` makes it once-only. Nothing is sent for an act of the portal itself, nor to the customer whom it made up.
    After MOST_IN_AN_HOUR within an hour, one email stands for the rest of it; but never for what staff typed, nor
    where `is_collected` is False. `read`: `gather_recipient` of this customer, where the act has read it already.
    """
    if actor.kind not in CONFIRMED_ACTORS:
        return
    read = read or around_recipient.read(customer=customer)
    for recipient in read["recipients"]:
        if is_collected and actor.kind != "staff" and len(read["lately"]) >= MOST_IN_AN_HOUR:
            act, key, team = COLLECTED, f"acts.collected:{recipient.pk}:{read.now:%Y-%m-%dT%H}", ""
        with translation.override(None):
            words = str(act)
        queueing.notify(kind=KIND, key=key, customer=recipient, act=words, team=team, by=actor.kind)


@define_gathering(customer=UUID)
def around_recipient(customer: Any) -> Parts:
    return gather_recipient(customer)


def gather_recipient(customer: Any) -> Parts:
    """Gather the customer who gets the email, and what was confirmed to them within the hour, as far as it matters."""
    lately = Message.objects.filter(kind=KIND, customer=customer, queued_at__gt=DatabaseNow() - timedelta(hours=1))
    return {
        "recipients": select_real_customer(customer),
        "lately": lately.order_by("-queued_at").values_list("pk")[:MOST_IN_AN_HOUR],
    }


def list_translations(words: Promise) -> dict[str, str]:
    """List lazy words in each language, for an email whose language is known only when it is sent."""
    translated = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translated[language] = str(words)
    return translated
