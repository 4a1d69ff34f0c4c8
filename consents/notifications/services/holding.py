"""A restored backup holds mail that waited when it was taken, and may have gone out since: nobody gets it twice."""

from datetime import datetime

from django.db import transaction

from consents.core import clock
from consents.notifications.models import Message
from consents.notifications.rules import HELD, LASTING, SEALED


@transaction.atomic
def hold_back(*, before: datetime) -> int:
    """Whatever was queued before then and waits is not sent again by itself; officers find it in the outbox and may
    send it, but for mail with a code, which is over by then. Inside an act whose entry tells how many they were, which
    this returns."""
    waiting = Message.objects.filter(sent_at=None, queued_at__lt=before)
    held = {"sent_at": clock.now(), "outcome": HELD}
    codes = waiting.filter(kind__in=SEALED - LASTING).update(**held, sealed=None)
    return codes + waiting.update(**held)
