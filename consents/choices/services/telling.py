"""Mail to customers when the company, time or an authority ends their consent, or changes its words.

Publishing only queues one job: however many agreed, they are told a few at a time, each in a transaction of their own.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices import rules, selectors, tasks
from consents.choices.models import Choice
from consents.choices.services.holding import hold_record
from consents.notifications import services as notifications


def begin_telling(version: PurposeVersion, **_: Any) -> None:
    """A version was published. By signal, inside that act."""
    tasks.tell_of_version.defer(version=version.pk)


def tell_next(*, version: int, after: UUID | None = None, limit: int = 200) -> UUID | None:
    """Tell the next customers, by id, who had agreed to an earlier text. Returns the last one; None after the end.

    Nobody is told of a version that is not in force any more: the newer one, or the end of the purpose, has a mail.
    """
    in_force = catalogue.standing().filter(pk=version, legal_basis=LegalBasis.CONSENT).first()
    if in_force is None:
        return None
    found = list(selectors.agreed_before(in_force, after)[:limit])
    for choice, _customer in found:
        tell_of_version(choice, in_force)
    return found[-1][1] if len(found) == limit else None


@transaction.atomic
def tell_of_version(choice: UUID, version: PurposeVersion) -> None:
    """Who has answered meanwhile is not told. What else had ended consent before has its own mail."""
    held = hold_record(choice)
    if held.status not in rules.YES or held.answered.number >= version.number:
        return
    lapse = held.lapse
    if lapse is None:
        key = f"choice_reworded:{version.pk}:{choice}"
        notifications.tell(kind="choice_reworded", key=key, customer=held.choice.customer)
    elif lapse.method == rules.TEXT_CHANGED:
        tell_of_end(held.choice, lapse.method, lapse.at)


def tell_of_end(choice: Choice, method: str, at: datetime) -> None:
    """One mail for each end; for all that run out on one day a single one. In the caller's transaction."""
    kind = rules.LETTERS[method]
    which = f"{choice.customer_id}:{at.date()}" if method == rules.TIME_OVER else f"{choice.pk}:{at.isoformat()}"
    notifications.tell(kind=kind, key=f"{kind}:{which}", customer=choice.customer)
