"""Read reports of looks, with their words opened."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from consents.access.models import AccessRequest, Answer
from consents.core import sealing
from consents.disclosures.models import LookReport, Opening
from consents.exemptions.models import Exemption
from consents.people import keys
from consents.people.models import CustomerKey

# Waits for a decision: none of an erased customer, whose words are gone with the key, and whom nobody can answer.
OPEN = Q(decided_at=None, customer__erased_at=None)


def select_reports() -> QuerySet[LookReport]:
    """Select reports with what a page shows of their looks."""
    return LookReport.objects.select_related(
        "customer",
        "opening__category",
        "opening__staff__staff_member",
        "opening__grant__access_request__version",
        "decided_by",
    ).prefetch_related("opening__grant__access_request__version__notices")


def select_undecided_reports() -> QuerySet[LookReport]:
    return LookReport.objects.filter(OPEN)


def find_origin(look: Opening) -> AccessRequest | Exemption:
    """Return what allowed a look of staff: the request that the customer answered, or the exemption."""
    assert look.grant is not None
    if look.grant.access_request:
        return look.grant.access_request
    return Exemption.objects.select_related("version").get(pk=look.grant.told_of)


def allowed_look(user: UUID, report: LookReport) -> bool:
    """Return True if this user granted the exemption that the look rests on, or recorded the answer to its request by
    telephone.
    """
    return not exclude_allowed_by(user, LookReport.objects.filter(pk=report.pk)).exists()


def exclude_allowed_by(user: UUID, reports: QuerySet[LookReport]) -> QuerySet[LookReport]:
    """Leave out reports of looks that this user allowed, as `allowed_look` says: they wait for somebody else."""
    granted = Exemption.objects.filter(pk=OuterRef("opening__grant__exemption"), decided_by=user)
    recorded = Answer.objects.filter(access_request=OuterRef("opening__grant__access_request"), answered_by=user)
    return reports.exclude(Exists(granted)).exclude(Exists(recorded.exclude(caller_code=None)))


def open_words(report: LookReport) -> dict[str, str]:
    """Open what each side wrote: `words`, `answer`, `finding`; '' for what was not written or can no longer be read."""
    sealed = {"words": report.sealed_words, "answer": report.sealed_answer, "finding": report.sealed_finding}
    try:
        key = keys.open_customer_key(report.customer_id)
    except CustomerKey.DoesNotExist:  # erased
        return dict.fromkeys(sealed, "")
    return {
        part: sealing.open_value(key, bytes(value), str(report.pk), part).decode() if value else ""
        for part, value in sealed.items()
    }
