"""The filter of the list of requests, and the same states for the numbers on the first page."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.models import Enquiry, Grant
from consents.access.rules import RequestState
from consents.core import clock
from consents.core.clock import DatabaseNow


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", _("Waiting for the customer")),
            ("asked", _("Waiting for my answer to a question")),
            ("running", _("Access running")),
            ("today", _("Answered today")),
            ("over", _("Over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return filter_by_state(queryset, str(self.value() or ""))


def filter_by_state(requests: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Filter rows of `selectors.annotate_current_state`. An unknown state filters nothing. What waits and what runs is
    asked of columns that have an index of the few such rows, not of what is computed for every row."""
    now = DatabaseNow()
    waits = Q(state=RequestState.PENDING, answer_by__gt=now)
    if state == "waiting":
        return requests.filter(waits)
    if state == "asked":
        return requests.filter(waits, enquiries__in=Enquiry.objects.filter(replied_at=None))
    if state == "running":
        live = Grant.objects.filter(ended_at=None, starts_at__lte=now, ends_at__gt=now)
        return requests.filter(pk__in=live.values("access_request"))
    if state == "today":
        midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)  # the reader's
        return requests.filter(answer__answered_at__gte=midnight)
    if state == "over":
        return requests.exclude(state_now=RequestState.PENDING).filter(running_until__isnull=True)
    return requests
