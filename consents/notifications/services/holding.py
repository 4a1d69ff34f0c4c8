"""Hold back the email of a restored backup: it may have been sent since, and no one should get it twice."""

from datetime import datetime

from django.db import transaction

from consents.core import clock
from consents.notifications.models import Message
from consents.notifications.rules import HELD, LASTING, SEALED


@transaction.atomic
def hold_back_emails(*, before: datetime) -> int:
    """Hold back everything that was queued before then and is still waiting; return how many emails that was.

    Officers find them in the outbox and may send them, except for emails with a code, which has expired. Runs inside an
    act whose entry tells the number.
    """
    waiting = Message.objects.filter(sent_at=None, queued_at__lt=before)
    held = {"sent_at": clock.now(), "outcome": HELD}
    codes = waiting.filter(kind__in=SEALED - LASTING).update(**held, sealed=None)
    return codes + waiting.update(**held)
