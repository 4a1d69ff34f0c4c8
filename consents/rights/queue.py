"""The queue of privacy requests: what is due first stands first; what waits for the customer or is over, after."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import role_of
from consents.core.clock import DatabaseNow
from consents.notifications.models import FailingAddress
from consents.people.models import Acting, Role
from consents.rights.models import CollectionCode, Download, Package, RightsRequest
from consents.rights.rules.answers import Appealed, Channel, Outcome, State
from consents.rights.rules.collecting import Way
from consents.rights.rules.kinds import Level, Regime, Type
from consents.rights.services.recording import zone

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
OPEN = ~Q(state=State.ANSWERED)
APPEALS = Q(appeal_outcome=Appealed.PENDING)
PAUSED = OPEN & Q(waiting_since__isnull=False)
# Who asked here signs in once more before anybody can go on.
UNCONFIRMED = Q(channel=Channel.PORTAL, verified_at__isnull=True) & ~Q(identity_needed=Level.NOT_REQUIRED)
OURS = (OPEN & Q(waiting_since__isnull=True) & ~UNCONFIRMED) | APPEALS
ANSWER_LATE = Q(responded_at=None, last__lt=DatabaseNow()) | Q(responded_at__gt=F("last"))
APPEAL_LATE = APPEALS & Q(appeal_due_at__lt=DatabaseNow()) | Q(appeal_decided_at__gt=F("appeal_due_at"))
LATE = (~Q(outcome=Outcome.WITHDRAWN) & Q(waiting_since__isnull=True) & ANSWER_LATE) | APPEAL_LATE
# Not late, and late soon.
SOON = OPEN & Q(waiting_since__isnull=True, last__gte=DatabaseNow(), last__lte=DatabaseNow() + timedelta(days=7))
# A copy is there, and nobody can take it yet: no account, and no code, or one in a mail that did not arrive.
FAILED = FailingAddress.objects.filter(address_hash=OuterRef("package__request__customer__address_hash"))
ARRIVED = CollectionCode.objects.filter(Q(way=Way.HANDED) | ~Exists(FAILED), package=OuterRef("pk"), ended_at=None)
UNTAKEN = Package.objects.filter(
    ~Exists(ARRIVED),
    ~Exists(Download.objects.filter(package=OuterRef("pk"))),
    removed_at=None,
    ends_at__gt=DatabaseNow(),
)
CODELESS = Q(pk__in=UNTAKEN.values("request")) & ~Exists(
    Acting.objects.filter(customer=OuterRef("customer"), ends_at=None)
)
STATES = {
    "ours": (OURS, gettext_lazy("Waiting for you")),
    "late": (LATE, gettext_lazy("Late")),
    "soon": (SOON, gettext_lazy("Due in 7 days")),
    "paused": (PAUSED | (OPEN & UNCONFIRMED), gettext_lazy("Waiting for the customer")),
    "appeals": (APPEALS, gettext_lazy("To be looked at again")),
    "codeless": (CODELESS, gettext_lazy("A code to give out")),
    "answered": (~OPEN, gettext_lazy("Answered")),
    "refused": (~Q(denial_reason=""), gettext_lazy("Refused, all or part")),
    "all": (Q(), gettext_lazy("All")),
}


def queued(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """In the order in which they want to be worked on, with `last` (the last moment for the answer) and `is_late`:
    once, for ever."""
    turn = Case(When(OURS, then=Value(0)), When(OPEN, then=Value(1)), default=Value(2))
    due = Case(When(APPEALS, then="appeal_due_at"), When(OPEN, then="last"), default=None, output_field=DateTimeField())
    found = rows.annotate(last=Coalesce("extended_to", "due_at"))
    found = found.annotate(is_late=ExpressionWrapper(LATE, output_field=BooleanField()), turn=turn, due=due)
    return found.select_related("handler", "customer").order_by("turn", F("due").asc(nulls_last=True), "-responded_at")


def narrowed(rows: QuerySet[RightsRequest], state: str) -> QuerySet[RightsRequest]:
    """Expects `queued`. Without a state, what is open."""
    condition, _label = STATES.get(state, (OPEN | APPEALS, ""))
    return rows.filter(condition)


class StateFilter(admin.SimpleListFilter):
    """Begins with what is open."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, label) for state, (_condition, label) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        # A number is looked for among all of them.
        return queryset if "q" in request.GET and not self.value() else narrowed(queryset, str(self.value() or ""))

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [first | {"display": _("Open")}, *others]


class LawFilter(admin.SimpleListFilter):
    title = gettext_lazy("law")
    parameter_name = "law"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Regime.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(regime=self.value()) if self.value() else queryset


class TypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("right")
    parameter_name = "right"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        asked = set(RightsRequest.objects.order_by().values_list("request_type", flat=True).distinct())
        return [(type.value, type.label) for type in Type if type in asked]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(request_type=self.value()) if self.value() else queryset


class LateFilter(admin.SimpleListFilter):
    title = gettext_lazy("time limit")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Late, now or when answered")), ("no", _("On time"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(is_late=self.value() == "yes") if self.value() in ("yes", "no") else queryset


class YearFilter(admin.SimpleListFilter):
    """Of receipt, as the metrics count it."""

    title = gettext_lazy("year")
    parameter_name = "received"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        first, now = RightsRequest.objects.aggregate(at=Min("received_at"))["at"], clock.now()
        begun = (first or now).astimezone(zone()).year
        return [(str(year), str(year)) for year in range(now.astimezone(zone()).year, begun - 1, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in {year for year, _label in self.lookup_choices}:
            return queryset
        first, last = (datetime(int(self.value() or 0) + more, 1, 1, tzinfo=zone()) for more in (0, 1))
        return queryset.filter(received_at__gte=first, received_at__lt=last)


def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The first page in numbers, each a link to the list behind it."""
    if role_of(request) not in OFFICERS:
        return []
    rows, address = queued(RightsRequest.objects.all()), reverse("admin:rights_rightsrequest_changelist")
    counted = [
        (narrowed(rows, "late").filter(OPEN | APPEALS).count(), _("privacy requests late"), "late"),
        (narrowed(rows, "soon").count(), _("privacy requests due in 7 days"), "soon"),
        (narrowed(rows, "ours").count(), _("privacy requests waiting for you"), "ours"),
        (narrowed(rows, "codeless").count(), _("copies waiting for a code"), "codeless"),
    ]
    return [{"number": number, "label": label, "url": f"{address}?state={state}"} for number, label, state in counted]
