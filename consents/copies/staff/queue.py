"""List copies that no one can collect yet, beside the queue of privacy requests."""

from typing import Any

from django.db.models import Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.copies.models import CollectionCode, Download, Package
from consents.copies.selectors import select_waiting_files
from consents.core.clock import DatabaseNow
from consents.notifications.models import FailingAddress
from consents.people.models import Acting, StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WAITS, WaitingWork, select_own_customers
from consents.rights.models import RightsRequest
from consents.rights.rules.delivery import DeliveryWay
from consents.rights.staff import queue, waiting
from consents.rights.staff.queue import OPEN, States

# Copies that no one can collect yet: no account, and no code, or only one in an email that did not arrive.
FAILED = FailingAddress.objects.filter(address_hash=OuterRef("package__customer__address_hash"))
ARRIVED = CollectionCode.objects.filter(
    Q(way=DeliveryWay.HANDED) | ~Exists(FAILED), package=OuterRef("pk"), ended_at=None
)
UNTAKEN = Package.objects.filter(
    ~Exists(ARRIVED),
    ~Exists(Download.objects.filter(package=OuterRef("pk"))),
    removed_at=None,
    ends_at__gt=DatabaseNow(),
)
CODELESS: Any = Q(pk__in=UNTAKEN.values("rights_request")) & ~Exists(
    Acting.objects.filter(customer=OuterRef("customer"), ends_at=None)
)


class StateFilter(queue.StateFilter):
    """Offers the requests waiting for a code between the open ones and those that are over."""

    open_states: States = {name: state for name, state in queue.STATES.items() if name in queue.OPEN_STATES}
    codeless: States = {"codeless": (CODELESS, gettext_lazy("A code to give out"))}
    states = open_states | codeless | queue.STATES


def list_copy_work(member: StaffMember) -> list[WaitingWork]:
    """List requests with files whose left-out parts this officer may agree to, and copies that wait for a code."""
    if member.role not in OFFICERS:
        return []
    apart = RightsRequest.objects.exclude(customer__in=select_own_customers(member.pk))
    others = select_waiting_files().filter(rights_request=OuterRef("pk")).exclude(added_by=member.pk)
    left_out = apart.filter(OPEN).filter(Exists(others))
    labels = ngettext_lazy("copy with left-out parts to check", "copies with left-out parts to check", "number")
    code = ngettext_lazy("copy waiting for a code", "copies waiting for a code", "number")
    noun = gettext_lazy("Left-out parts to check")
    url = reverse("admin:rights_rightsrequest_changelist", query={"state": "codeless", WAITS: "codeless"})
    begun = left_out.annotate(begun_at=Min("added_files__added_at"))
    return [
        WaitingWork("left_out", begun, labels, noun=noun, since="begun_at", describe=str),
        WaitingWork("codeless", apart.filter(CODELESS), code, url=url),
    ]


def list_request_work(member: StaffMember) -> list[WaitingWork]:
    return [*waiting.list_rights_work(member), *list_copy_work(member)]


WaitsFilter = build_waits_filter(list_request_work)
