"""The queue of privacy requests: what is due first stands first; what waits for the customer or is over, after."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import TruncDay
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import clock
from consents.core.admin import get_role
from consents.core.clock import DatabaseNow
from consents.law.kinds import Regime, Type
from consents.people.models import Acting
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import Appeal, RightsRequest
from consents.rights.recipients import UNCONFIRMED, find_any
from consents.rights.rules import Outcome, State
from consents.rights.selectors import count_open_requests
from consents.rights.services.recording import get_home_zone

OPEN = ~Q(state=State.ANSWERED)
APPEALS = Q(appeal__isnull=False, appealdecision=None)
PAUSED = OPEN & Q(waiting_since__isnull=False)


# Who shares the account has yet to agree: an officer goes on once they have. The database says whose yes is missing
# (rights/sql/holders.sql); it is asked only about accounts that are shared.
SHARED = find_any(Acting.objects.filter(customer=OuterRef("customer"), capacity=Acting.Capacity.HOLDER, ends_at=None))
EVERY_YES = Func(F("pk"), function="portal.rights_has_every_yes", output_field=BooleanField())
JOINT = OPEN & Q(request_type__in=list_types("needs_every_holder")) & Q(SHARED) & ~Q(EVERY_YES)
# Nobody works on it, or whoever did is no longer an officer here.
HANDLER = select_working(*OFFICERS).filter(user=OuterRef("handler"))
NOBODYS = Q(handler=None) | ~Q(find_any(HANDLER))
OURS = (OPEN & Q(waiting_since__isnull=True) & ~UNCONFIRMED & ~JOINT) | APPEALS
ANSWER_LATE = Q(answer=None, answer_by__lt=DatabaseNow()) | Q(answer__responded_at__gt=F("answer_by"))
APPEAL_LATE = APPEALS & Q(appeal__due_at__lt=DatabaseNow()) | Q(appealdecision__decided_at__gt=F("appeal__due_at"))
LATE = (~Q(answer__outcome=Outcome.WITHDRAWN) & Q(waiting_since__isnull=True) & ANSWER_LATE) | APPEAL_LATE
# Late and not over; what was answered late has a filter of its own.
LATE_NOW = (OPEN & Q(waiting_since=None, answer_by__lt=DatabaseNow())) | (APPEALS & Q(appeal__due_at__lt=DatabaseNow()))
# Not late, and late within seven days, the last of them whole.
TODAY = TruncDay(DatabaseNow(), tzinfo=get_home_zone())
WITHIN_DAYS = (DatabaseNow(), ExpressionWrapper(TODAY + timedelta(days=8), output_field=DateTimeField()))
SOON = (OPEN & Q(waiting_since=None, answer_by__range=WITHIN_DAYS)) | (APPEALS & Q(appeal__due_at__range=WITHIN_DAYS))
type States = dict[str, tuple[Q, Any]]
STATES: States = {
    "ours": (OURS, gettext_lazy("Waiting for an officer")),
    "late": (LATE_NOW, gettext_lazy("Late")),
    "soon": (SOON, gettext_lazy("Due in 7 days")),
    "paused": (PAUSED | (OPEN & UNCONFIRMED), gettext_lazy("Waiting for the customer")),
    "holders": (JOINT & Q(waiting_since=None) & ~UNCONFIRMED, gettext_lazy("Waiting for other holders")),
    "appeals": (APPEALS, gettext_lazy("Appeal to decide")),
    "answered": (~OPEN, gettext_lazy("Answered")),
    "refused": (Q(answer__denial_reason__gt=""), gettext_lazy("Refused, all or part")),
    "all": (Q(), gettext_lazy("All")),
}
# Of these states there are never more than are open; of all others, as many as there ever were.
OPEN_STATES = {"", "open", "ours", "late", "soon", "paused", "holders", "appeals"}
# In an address without any other filter, so that it is not the one that the list opens with.
EVERYTHING_OPEN = "open"
BY_URGENCY = ("turn", "due", "pk")
NEWEST_FIRST = ("-received_at", "-pk")
ORDERS = {
    "newest": (NEWEST_FIRST, gettext_lazy("Newest first")),
    "oldest": (("received_at", "pk"), gettext_lazy("Oldest first")),
}


def choose_order(params: Mapping[str, str]) -> tuple[str, ...]:
    """Choose the order of a list: what is urgent first, where it is open; else an order that an index has ready."""
    if params.get("sort") in ORDERS:
        return ORDERS[params["sort"]][0]
    is_open = params.get("state", "") in OPEN_STATES and not params.get("q")
    return BY_URGENCY if is_open else NEWEST_FIRST


def annotate_urgency(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """Add `turn` and `due`, in which they want to be worked on, `is_late`: once, for ever; `waits_for_customer`,
    `waits_for_holders` and `read_at`."""
    turn = Case(When(OURS, then=Value(0)), When(OPEN, then=Value(1)), default=Value(2))
    due = Case(When(APPEALS, then="appeal__due_at"), default="answer_by", output_field=DateTimeField())
    found = rows.annotate(is_late=ExpressionWrapper(LATE, output_field=BooleanField()), turn=turn, due=due)
    waits_for_customer = ExpressionWrapper(PAUSED | (OPEN & UNCONFIRMED), BooleanField())
    waits_for_holders = ExpressionWrapper(JOINT, BooleanField())
    found = found.annotate(
        read_at=DatabaseNow(), waits_for_customer=waits_for_customer, waits_for_holders=waits_for_holders
    )
    return found.select_related("handler", "customer").prefetch_related("register")


def select_open(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """Select what is not over, an appeal included: by two indexes, which one condition over both tables would miss."""
    appealed = Appeal.objects.filter(rights_request__appealdecision=None).values("rights_request")
    unanswered = RightsRequest.objects.filter(OPEN).order_by().values("pk")
    return rows.filter(pk__in=unanswered.union(appealed, all=True))


def narrow_queue(rows: QuerySet[RightsRequest], state: str, states: States) -> QuerySet[RightsRequest]:
    """Without a state, what is open."""
    if state not in states:
        return select_open(rows)
    condition, _label = states[state]
    return (select_open(rows) if state in OPEN_STATES else rows).filter(condition)


class SortFilter(admin.SimpleListFilter):
    """The order, chosen as a filter is; `choose_order` reads it."""

    title = gettext_lazy("order")
    parameter_name = "sort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (_order, label) in ORDERS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        is_open = choose_order({**changelist.params, "sort": ""}) == BY_URGENCY
        others[0]["selected"] |= not is_open and self.value() not in ORDERS
        return [first | {"display": _("Most urgent first")}, *others] if is_open else others


class OwnerFilter(admin.SimpleListFilter):
    """Mine, nobody's, or a colleague's."""

    title = gettext_lazy("officer")
    parameter_name = "officer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", _("Mine")), ("nobody", _("Nobody’s")), ("others", _("A colleague’s"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        theirs = {
            "me": Q(handler=request.user.pk),
            "nobody": NOBODYS,
            "others": ~Q(handler=request.user.pk) & ~NOBODYS,
        }
        return queryset.filter(theirs.get(str(self.value()), Q()))


class StateFilter(admin.SimpleListFilter):
    """Begins with what is open."""

    title = gettext_lazy("state")
    parameter_name = "state"
    states = STATES

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, label) for state, (_condition, label) in self.states.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if "q" in request.GET and not self.value():
            return queryset  # a number is looked for among all of them
        return narrow_queue(queryset, str(self.value() or ""), self.states)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [first | {"display": _("Open"), "selected": self.value() in (None, EVERYTHING_OPEN)}, *others]


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
        """All of them: to find which were ever asked would read every request there ever was."""
        return list(Type.choices)

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
    """The year of receipt, as the metrics count it."""

    title = gettext_lazy("year")
    parameter_name = "received"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        first, now = RightsRequest.objects.aggregate(at=Min("received_at"))["at"], clock.now()
        begun = (first or now).astimezone(get_home_zone()).year
        return [(str(year), str(year)) for year in range(now.astimezone(get_home_zone()).year, begun - 1, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in {year for year, _label in self.lookup_choices}:
            return queryset
        first, last = (datetime(int(self.value() or 0) + more, 1, 1, tzinfo=get_home_zone()) for more in (0, 1))
        return queryset.filter(received_at__gte=first, received_at__lt=last)


def list_request_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """List the numbers of the first page, each a link to the list behind it."""
    if get_role(request) not in OFFICERS:
        return []
    found = [one for one in count_open_requests(str(get_home_zone())) if not one.is_waiting]
    late = sum(one.number for one in found if one.is_late)
    soon = sum(one.number for one in found if not one.is_late and one.days <= 7)
    ours = sum(one.number for one in found if one.is_ours)
    return [
        build_figure(late, ngettext("privacy request late", "privacy requests late", late), "late"),
        build_figure(soon, ngettext("privacy request due in 7 days", "privacy requests due in 7 days", soon), "soon"),
        build_figure(ours, ngettext("privacy request to work on", "privacy requests to work on", ours), "ours"),
    ]


def build_figure(number: int, label: str, state: str) -> dict[str, Any]:
    address = reverse("admin:rights_rightsrequest_changelist")
    return {"number": number, "label": label, "url": f"{address}?state={state}"}
