"""Queue emails to customers when the company, time or an authority ends their consent, or its text changes.

Publishing only queues one job, which notifies a few customers at a time, each in a transaction of its own.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices import rules, selectors
from consents.choices.models import Choice
from consents.choices.services.locking import lock_choice_by_record
from consents.notifications.services import queueing


def notify_next_customers(*, version: int, after: UUID | None = None, limit: int = 200) -> UUID | None:
    """Notify the next customers, by id, who had agreed to an earlier text. Returns the last one; None after the end.

    Skips a version no longer in force: the newer one, or the end of the purpose, has its own email.
    """
    in_force = catalogue.select_standing().filter(pk=version, legal_basis=LegalBasis.CONSENT).first()
    if in_force is None:
        return None
    choices = list(selectors.select_agreed_before(in_force, after)[:limit])
    for choice, _customer in choices:
        notify_of_version(choice, in_force)
    return choices[-1][1] if len(choices) == limit else None


@transaction.atomic
def notify_of_version(choice: UUID, version: PurposeVersion) -> None:
    """Notify one customer, unless they have answered meanwhile or their consent ended otherwise, with its own email."""
    held = lock_choice_by_record(choice)
    if held.status not in rules.YES or held.answered.number >= version.number:
        return
    lapse = held.lapse
    if lapse is None:
        key = f"choice_reworded:{version.pk}:{choice}"
        queueing.notify(kind="choice_reworded", key=key, customer=held.choice.customer)
    elif lapse.method == rules.TEXT_CHANGED:
        notify_of_end(held.choice, lapse.method, lapse.at)


def notify_of_end(choice: Choice, method: str, at: datetime) -> None:
    """Queue one email for each end, and a single one for all that expire on one day. In the caller's transaction."""
    kind = rules.EMAIL_KINDS[method]
    which = f"{choice.customer_id}:{at.date()}" if method == rules.TIME_OVER else f"{choice.pk}:{at.isoformat()}"
    queueing.notify(kind=kind, key=f"{kind}:{which}", customer=choice.customer)
