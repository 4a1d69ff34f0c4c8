"""Record that an officer opens one customer's history, before anything is shown."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotValid
from consents.exports.rules import HistoryReason
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Customer
from consents.people.services.holding import check_not_own_matter


class MomentInFuture(NotValid):
    sentence = _("This moment is in the future, so it is not known yet who could see what.")


@transaction.atomic(durable=True)
def record_history_opening(*, customer: Customer, why: HistoryReason, at: datetime | None, by: Actor) -> datetime:
    """Record the opening and commit. Return the moment to show: `at`, or now. Raises OwnMatter, MomentInFuture.

    A history also tells what a law forbids to tell the customer yet: no officer who acts for them opens it.
    """
    check_not_own_matter(UUID(by.id), customer.pk)
    now = clock.now()
    if at is not None and at > now:
        raise MomentInFuture
    shown = at or now
    appending.append_entry(
        event="history.opened",
        by=by,
        customer=customer.pk,
        object_type="customer",
        object=customer.pk,
        outcome=why,
        details={"as_of": shown.isoformat()},
    )
    return shown
