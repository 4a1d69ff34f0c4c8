"""List copies that no one can collect yet, beside the queue of privacy requests."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.copies.models import CollectionCode, Download, Package
from consents.core.admin import get_role
from consents.core.clock import DatabaseNow
from consents.notifications.models import FailingAddress
from consents.people.models import Acting
from consents.rights.models import RightsRequest
from consents.rights.rules.delivery import DeliveryWay
from consents.rights.staff import queue
from consents.rights.staff.queue import OFFICERS, States, build_figure

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
CODELESS = Q(pk__in=UNTAKEN.values("rights_request")) & ~Exists(
    Acting.objects.filter(customer=OuterRef("customer"), ends_at=None)
)


def add_states(states: States) -> States:
    """Insert the requests waiting for a code between appeals and answered ones."""
    names = list(states)
    after = names.index("appeals") + 1
    codeless: Any = (CODELESS, gettext_lazy("A code to give out"))
    states_by_name: States = {**states, "codeless": codeless}
    return {name: states_by_name[name] for name in [*names[:after], "codeless", *names[after:]]}


class StateFilter(queue.StateFilter):
    states = add_states(queue.STATES)


def list_code_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the front page's figure of copies waiting for a code, linked to its list."""
    if get_role(request) not in OFFICERS:
        return []
    number = RightsRequest.objects.filter(CODELESS).count()
    return [build_figure(number, _("copies waiting for a code"), "codeless")]
