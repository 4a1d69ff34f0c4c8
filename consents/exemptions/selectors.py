"""Reading exemptions, and what a law forbids to show yet."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from consents.access.models import Grant
from consents.core.clock import DatabaseNow
from consents.exemptions.models import Delay, Exemption
from consents.exemptions.rules import ExemptionState
from consents.ledger.services import appending


def lock_exemption(exemption: UUID) -> Exemption | None:
    """Lock one exemption and its customer until the transaction ends."""
    customer = Exemption.objects.filter(pk=exemption).values_list("customer_id", flat=True).first()
    if customer is None:
        return None
    appending.lock_people(customer)
    return (
        Exemption.objects.select_for_update(of=["self"])
        .select_related("purpose", "staff", "customer")
        .get(pk=exemption)
    )


def select_withheld_exemptions(customer: UUID | None = None) -> QuerySet[Exemption]:
    """Select exemptions of which the customer must not know yet. A delay that has ended withholds nothing."""
    running = Delay.objects.filter(exemption=OuterRef("pk"), until__gt=DatabaseNow())
    exemptions = Exemption.objects.filter(Exists(running), told_at=None)
    return exemptions.filter(customer=customer) if customer else exemptions


def list_withheld_ids(customer: UUID) -> list[UUID]:
    return list(select_withheld_exemptions(customer).values_list("pk", flat=True))


def select_exemptions_shown_to(customer: UUID) -> QuerySet[Exemption]:
    """Select what the customer's pages show: everything that was opened, unless a law forbids it for now."""
    opened = Exemption.objects.filter(customer=customer, pk__in=select_exemptions_with_access().values("pk"))
    return (
        opened.exclude(pk__in=select_withheld_exemptions(customer).values("pk"))
        .select_related("version", "purpose")
        .prefetch_related("version__notices", "exempted__category", "delays")
        .order_by("-filed_at", "pk")
    )


def select_exemptions_with_access() -> QuerySet[Exemption]:
    """Select exemptions that ever led to access."""
    return Exemption.objects.filter(Exists(Grant.objects.filter(exemption=OuterRef("pk"))))


def select_grants(exemption: UUID) -> QuerySet[Grant]:
    return Grant.objects.filter(exemption=exemption)


def map_exemptions(grants: Iterable[Grant]) -> dict[UUID, Exemption]:
    """Map ids to the exemptions that these grants rest on, with what a line about a look shows. Two queries at most."""
    ids = {grant.exemption for grant in grants if grant.exemption}
    if not ids:
        return {}
    exemptions = Exemption.objects.filter(pk__in=ids).select_related("version").prefetch_related("version__notices")
    return {exemption.pk: exemption for exemption in exemptions}


def select_unchecked_due(now: datetime) -> QuerySet[Exemption]:
    return Exemption.objects.filter(state=ExemptionState.OPENED, check_by__lte=now)


def get_last_delay(exemption: Exemption) -> Delay | None:
    return Delay.objects.filter(exemption=exemption).order_by("-decided_at", "-pk").first()
