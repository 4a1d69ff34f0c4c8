"""Queue emails to customers: what the company, time or an authority ends or rewords, and what was done for them.

Publishing only queues one job, which notifies a few customers at a time, each in a transaction of its own.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices import rules, selectors
from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.choices.services.locking import lock_choice_by_record
from consents.choices.services.recording import settle_lapse
from consents.core.one_by_one import run_for_each
from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.notifications.services.confirming import confirm_act

CONFIRMATIONS = {
    Status.GIVEN: _("A consent to us was given. “Your choices” shows what for, and lets you withdraw it."),
    Status.RENEWED: _("A consent to us was renewed. “Your choices” shows what for, and lets you withdraw it."),
    Status.REFUSED: _("A consent we had asked for was refused. “Your choices” shows which."),
    Status.WITHDRAWN: _("A consent to us was withdrawn. “Your choices” shows which, and what stopped with it."),
}
ALL_WITHDRAWN = _("Every consent to us was withdrawn. “Your choices” shows what stopped with them.")


def notify_next_customers(
    *, version: int, after: UUID | None = None, limit: int = 200, retry: Callable[[UUID], object] | None = None
) -> UUID | None:
    """Notify the next customers, by id, who had agreed to an earlier text. Returns the last one; None after the end.

    Skips a version no longer in force: the newer one, or the end of the purpose, has its own email. `retry` queues the
    choice of a customer who could not be notified (`run_for_each`).
    """
    in_force = find_in_force(version)
    if in_force is None:
        return None
    choices = list(selectors.select_agreed_before(in_force, after)[:limit])
    run_for_each([choice for choice, _customer in choices], lambda choice: notify_of_version(choice, in_force), retry)
    return choices[-1][1] if len(choices) == limit else None


def notify_one_customer(*, choice: UUID, version: int) -> None:
    """Notify the customer of this choice, like `notify_next_customers`."""
    if in_force := find_in_force(version):
        notify_of_version(choice, in_force)


def find_in_force(version: int) -> PurposeVersion | None:
    return catalogue.select_standing().filter(pk=version, legal_basis=LegalBasis.CONSENT).first()


@transaction.atomic
def notify_of_version(choice: UUID, version: PurposeVersion) -> None:
    """Notify one customer, unless they have answered meanwhile or their consent ended otherwise, with its own email.

    That the new text has ended a consent is put on record here, with the moment when it did, which systems are told of.
    """
    held = lock_choice_by_record(choice)
    if held.status not in rules.YES or held.answered.number >= version.number:
        return
    lapse = held.lapse
    if lapse is None:
        key = f"choice_reworded:{version.pk}:{choice}"
        queueing.notify(kind="choice_reworded", key=key, customer=held.choice.customer)
    elif lapse.method == rules.TEXT_CHANGED:
        settle_lapse(held)
        notify_of_end(held.choice, lapse.method, lapse.at)


def notify_of_end(choice: Choice, method: str, at: datetime) -> None:
    """Queue one email for each end, and a single one for all that expire on one day. In the caller's transaction."""
    kind = rules.EMAIL_KINDS[method]
    which = f"{choice.customer_id}:{at.date()}" if method == rules.TIME_OVER else f"{choice.pk}:{at.isoformat()}"
    queueing.notify(kind=kind, key=f"{kind}:{which}", customer=choice.customer)


def confirm_choice(choice: Choice, by: Actor) -> None:
    """Confirm one answer to the customer; repeated, it is confirmed once. In the caller's transaction."""
    status = Status(choice.status)
    key = f"choice.{status}:{choice.pk}:{choice.since.isoformat()}"
    confirm_act(customer=choice.customer_id, act=CONFIRMATIONS[status], key=key, actor=by)


def confirm_all_withdrawn(choices: list[Choice], by: Actor) -> None:
    """Confirm with one email what one press has withdrawn. In the caller's transaction."""
    if choices:
        last = choices[-1]
        key = f"choices.withdrawn:{last.pk}:{last.since.isoformat()}"
        confirm_act(customer=last.customer_id, act=ALL_WITHDRAWN, key=key, actor=by)
