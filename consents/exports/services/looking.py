"""An officer looks one customer's history over: on record before anything is shown."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal
from consents.exports.rules import Why
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import Customer


class NotYetKnown(Refusal):
    status = 422
    sentence = _("This moment lies in the future. What could be seen then is not known yet.")


@transaction.atomic(durable=True)
def look_over(*, customer: Customer, why: Why, at: datetime | None, by: Actor) -> datetime:
    """Put the look on record, committed. Returns the moment to show: `at`, or now. Raises NotYetKnown."""
    now = clock.now()
    if at is not None and at > now:
        raise NotYetKnown
    shown = at or now
    ledger.append(
        event="history.opened",
        by=by,
        customer=customer.pk,
        object_type="customer",
        object=customer.pk,
        outcome=why,
        details={"as_of": shown.isoformat()},
    )
    return shown
