"""Queue emails to customers: what the company, time or an authority ends or rewords, and what was done for them.

Publishing only queues one job, which notifies a few customers at a time, each in a transaction of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices import rules, selectors
from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.choices.services.recording import lock_choice_by_record, settle_lapse
from consents.core.clock import DatabaseNow
from consents.core.working_ahead import run_for_each
from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act, list_translations
from consents.people.models import Customer, JointAssent
from consents.people.rules import ASSENT_COUNTS_FOR
from consents.people.selectors import select_holdings

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


# Queue emails to the holders of a shared account where what some of them had agreed to did not begin.
#
# Nothing ends by it: a yes is judged at read.

# A worker that stood still for longer tells of nothing older.
TOLD_WITHIN = timedelta(days=7)
RETIRED = _("What it was for has ended here: we no longer ask for it.")
REWORDED = _("Its text has changed since. A yes to the earlier text does not count for the new one.")


class EndedText(NamedTuple):
    """A text that was retired or replaced. `is_retired`: its purpose was, by now at least."""

    version: int
    at: datetime
    is_retired: bool


def notify_of_lapsed_assents() -> int:
    """Tell, once a day, the holders of accounts where a yes ran out before all of them had agreed. Returns of how many
    it told.
    """
    lapse = DatabaseNow() - ASSENT_COUNTS_FOR
    in_force = {str(version) for version in catalogue.select_standing().values_list("pk", flat=True)}
    lapsed = select_waiting_assents().filter(given_at__range=(lapse - TOLD_WITHIN, lapse), object__in=in_force)
    return run_for_each(list(lapsed), notify_of_lapsed_assent)


@transaction.atomic
def notify_of_lapsed_assent(assent: JointAssent) -> bool:
    day = (assent.given_at + ASSENT_COUNTS_FOR).date()
    key = f"assent_lapsed:{assent.customer_id}:{day}"
    return queueing.notify(kind="assent_lapsed", key=key, customer=assent.customer) is not None


def notify_of_overtaken_assents() -> int:
    """Tell, once for each text, the holders of accounts where it was retired or replaced before all of them had agreed.
    Returns of how many it told.
    """
    ends = {str(end.version): end for end in list_ended_texts()}
    waiting = select_waiting_assents().filter(object__in=ends)
    counted = [assent for assent in waiting if assent.given_at + ASSENT_COUNTS_FOR > ends[assent.object].at]
    return run_for_each(counted, lambda assent: notify_of_overtaken_assent(assent, ends[assent.object]))


@transaction.atomic
def notify_of_overtaken_assent(assent: JointAssent, end: EndedText) -> bool:
    key = f"assent_ended:{assent.customer_id}:{end.version}"
    why = list_translations(RETIRED if end.is_retired else REWORDED)
    return queueing.notify(kind="assent_ended", key=key, customer=assent.customer, why=why) is not None


def list_ended_texts() -> list[EndedText]:
    """List the texts that were retired or replaced of late."""
    newer = PurposeVersion.objects.filter(purpose=OuterRef("purpose"), number__gt=OuterRef("number"))
    replaced_at = Subquery(newer.filter(published_at__isnull=False).order_by("number").values("published_at")[:1])
    texts = PurposeVersion.objects.annotate(over_at=Least(F("purpose__retired_at"), replaced_at))
    recent = texts.filter(over_at__gte=DatabaseNow() - TOLD_WITHIN)
    rows = recent.values_list("pk", "over_at", "purpose__retired_at")
    return [EndedText(version, over_at, is_retired=bool(retired_at)) for version, over_at, retired_at in rows]


def select_waiting_assents() -> QuerySet[JointAssent]:
    """Select each yes of a holder to a consent that waits for that of another holder, whatever has become of its text,
    with the customers, the oldest first."""
    holders = select_holdings().filter(customer=OuterRef("customer"), customer__yes_of=Customer.YesOf.ALL)
    giver = Q(user=OuterRef("given_by"))
    waiting = JointAssent.objects.filter(
        Exists(holders.filter(giver)),
        Exists(holders.exclude(giver)),
        matter=JointAssent.Matter.CONSENT,
        ended_at=None,
    )
    return waiting.select_related("customer").order_by("given_at")
