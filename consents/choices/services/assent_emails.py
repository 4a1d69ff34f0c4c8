"""Queue emails to the holders of a shared account where what some of them had agreed to did not begin.

Nothing ends by it: a yes is judged at read.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.core.clock import DatabaseNow
from consents.core.one_by_one import run_for_each
from consents.notifications.services import queueing
from consents.notifications.services.confirming import list_translations
from consents.people.models import Customer, JointAssent
from consents.people.rules import ASSENT_COUNTS_FOR
from consents.people.selectors import select_holdings

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
