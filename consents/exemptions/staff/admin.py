"""Exemptions on the staff site: filed, decided, checked, ended; telling the customer delayed, renewed, released."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Count, DateField, Min, Q, QuerySet
from django.db.models.functions import TruncQuarter
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import RECORD, get_role, render_state_tag
from consents.core.durations import format_local_moment
from consents.core.refusals import Refusal, Unknown, get_or_refuse
from consents.exemptions import selectors
from consents.exemptions.models import Exemption, Kind
from consents.exemptions.rules import ExemptionState, NotAskedFirst
from consents.exemptions.services import deciding, filing, telling
from consents.exemptions.staff import forms as words
from consents.exemptions.staff.forms import DecisionForm, DelayForm, ExemptionForm
from consents.exemptions.staff.waiting import OPEN_STATES, WaitsFilter
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.notifications import selectors as mail
from consents.people.deciding import DecidingAdmin
from consents.people.found_customers import NoSingleCustomer, look_up_typed_customer
from consents.people.models import Role, StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.timelines import build_timeline
from consents.people.visitors import StaffRequest, find_submitted, record_actor, run_once
from consents.people.work import select_own_customers

QUARTERS = 8  # in the filter of the list
FIELD_OF_REFUSAL: dict[type[Refusal], str] = {NoSingleCustomer: "who", NotAskedFirst: "access_request"}


def select_visible(request: StaffRequest) -> QuerySet[Exemption]:
    """Select what this reader may see: requesters their own, officers all. What a law forbids to show is seen by
    compliance officers and by those who had a part in it. What a customer was not told, no officer sees who acts for
    them.
    """
    exemptions = Exemption.objects.exclude(told_at=None, customer__in=select_own_customers(request.user.pk))
    role = get_role(request)
    if role == Role.COMPLIANCE_OFFICER:
        return exemptions
    named = Q(staff=request.user.pk) | Q(decided_by=request.user.pk) | Q(delays__decided_by=request.user.pk)
    if role == Role.PRIVACY_OFFICER:
        return exemptions.filter(~Q(pk__in=selectors.select_withheld_exemptions().values("pk")) | named).distinct()
    return exemptions.filter(staff=request.user.pk)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", _("To decide or check")), ("unchecked", _("Not checked in time"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Exemption]) -> QuerySet[Exemption]:
        states = {"waiting": OPEN_STATES, "unchecked": [ExemptionState.UNCHECKED]}.get(str(self.value()))
        return queryset.filter(state__in=states) if states else queryset


class QuarterFilter(admin.SimpleListFilter):
    """The quarter an exemption was filed in, by its first day; for the review of each quarter."""

    title = gettext_lazy("quarter")
    parameter_name = "quarter"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        first = select_visible(request).aggregate(first=Min("filed_at"))["first"]
        return [(f"{day}", words.describe_quarter(day)) for day in list_quarters(first, clock.now())] if first else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Exemption]) -> QuerySet[Exemption]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        quarter = queryset.annotate(quarter=TruncQuarter("filed_at", output_field=DateField()))
        return quarter.filter(quarter=str(self.value()))


@admin.register(Exemption)
class ExemptionAdmin(DecidingAdmin):
    may_view = {Role.REQUESTER, *OFFICERS}
    may_add = {Role.REQUESTER, Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("File an exemption")
    change_form_template = "admin/frozen_record.html"
    nothing_yet = gettext_lazy("No exemption is on record here.")
    list_display = ("state_tag", "kind", "customer_short", "team", "filed")
    list_filter = (WaitsFilter, StateFilter, QuarterFilter)
    ordering = ("-filed_at", "pk")
    fields = ("state",)
    actions = ("cancel", "end", "release")
    asked_first = ending_acts = actions

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"is_officer": get_role(request) in OFFICERS} | (extra_context or {}))

    def get_queryset(self, request: StaffRequest) -> QuerySet[Exemption]:
        exemptions = selectors.annotate_running(select_visible(request)).select_related("version", "decided_by")
        return exemptions.prefetch_related("version__notices", "exempted__category", "delays").order_by(*self.ordering)

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, obj: Exemption) -> str:
        return render_state_tag(*words.describe_exemption_state(obj))

    @admin.display(description=gettext_lazy("team"))
    def team(self, obj: Exemption) -> str:
        return obj.asked_team

    @admin.display(description=gettext_lazy("filed"))
    def filed(self, obj: Exemption) -> str:
        return format_local_moment(obj.filed_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("review/", view(require_safe(self.review_view)), name="exemptions_exemption_review"),
            path("<uuid:id>/decide/", view(self.decide_view), name="exemptions_exemption_decide"),
            path("<uuid:id>/renew/", view(self.renew_view), name="exemptions_exemption_renew"),
        ]
        return own + super().get_urls()

    def add_view(self, request: StaffRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        """GET: choose the ground, then the form for it. POST: find the customer, then file."""
        if not self.has_add_permission(request):
            raise Unknown
        sent = request.POST if request.method == "POST" else request.GET
        if sent.get("kind") not in Kind.values:
            return self.choose_ground(request)
        form = ExemptionForm(request.user, Kind(sent["kind"]), request.POST if request.method == "POST" else None)
        title = {Kind.LEGAL_DUTY: _("File a legal duty"), Kind.SAFETY: _("File an emergency")}[form.ground]
        lead = _("The customer is asked first. File this only where that cannot be, or while they are asked.")
        return self.ask(request, form, title, lead, _("File it"), lambda: submit_exemption(request, form))

    def choose_ground(self, request: StaffRequest) -> HttpResponse:
        """Show both grounds with what each needs: a form for either holds no field of the other."""
        context = self.admin_site.each_context(request) | {"title": self.add_label, "opts": self.opts}
        status = 422 if request.method == "POST" else 200
        return render(request, "admin/exemptions/ground.html", context | {"kinds": Kind}, status=status)

    def decide_view(self, request: StaffRequest, id: UUID) -> HttpResponseBase:
        exemption = get_or_refuse(self.get_queryset(request).filter(pk=id, state__in=OPEN_STATES))
        if get_role(request) != Role.PRIVACY_OFFICER:
            raise Unknown
        sent = request.POST if request.method == "POST" else None
        form = DecisionForm(Kind(exemption.kind), sent, has_opened=exemption.check_by is not None)
        member = request.user.staff_member
        return self.ask(
            request,
            form,
            _("Decide this exemption") if exemption.check_by is None else _("Check this emergency"),
            "",
            _("Record my decision"),
            lambda: run_once(request, lambda by: submit_decision(exemption, form, member, by)),
            facts=words.list_filed_facts(exemption, [], clock.now()),
            about=exemption,
        )

    def renew_view(self, request: StaffRequest, id: UUID) -> HttpResponseBase:
        exemption = self.get_queryset(request).filter(pk=id, delays__isnull=False).first()
        if exemption is None or get_role(request) not in OFFICERS:
            raise Unknown
        form = DelayForm(request.POST if request.method == "POST" else None)
        lead, member = words.describe_telling(exemption, clock.now()), request.user.staff_member
        return self.ask(
            request,
            form,
            _("Delay telling the customer once more"),
            lead,
            _("Renew the delay"),
            lambda: run_once(request, lambda by: submit_renewal(exemption, form, member, by)),
            about=exemption,
        )

    def ask(
        self,
        request: StaffRequest,
        form: forms.Form,
        title: str,
        lead: str,
        button: str,
        act: Callable[[], str],
        facts: Iterable[tuple[str, str]] = (),
        about: Exemption | None = None,
    ) -> HttpResponseBase:
        """Show the form, or do its act and go to the record; a refusal stands above the form and at its field."""
        if form.is_bound and form.is_valid():
            try:
                made = act()
            except Refusal as refusal:
                form.add_error(FIELD_OF_REFUSAL.get(type(refusal)), str(refusal))
            else:
                self.message_user(request, _("It is on record."))
                return redirect("admin:exemptions_exemption_change", made)
        context = self.admin_site.each_context(request) | {"title": title, "form": form, "lead": lead, "button": button}
        page, of = ("change", [about.pk]) if about else ("changelist", [])
        context |= {"opts": self.opts, "facts": facts, "back": reverse(f"admin:exemptions_exemption_{page}", args=of)}
        return render(request, "admin/exemptions/form.html", context, status=422 if form.is_bound else 200)

    @staticmethod
    def review_view(request: StaffRequest) -> HttpResponse:
        """Show the exemptions of each quarter, per team and ground, for the quarterly review."""
        if get_role(request) not in OFFICERS:
            raise Unknown
        return render(request, "admin/exemptions/review.html", build_review(request))

    def possible_actions(self, request: StaffRequest, obj: Exemption) -> Iterable[str]:
        mine, role = obj.staff_id == request.user.pk, get_role(request)
        if mine and obj.state == ExemptionState.FILED:
            yield "cancel"
        if (mine or role == Role.PRIVACY_OFFICER) and is_running(obj, clock.now()):
            yield "end"
        if role in OFFICERS and obj.told_at is None and obj.delays.all():
            yield "release"

    def record_context(self, request: StaffRequest, obj: Exemption) -> dict[str, Any]:
        now, grants = clock.now(), list(selectors.select_grants(obj.pk))
        return {
            "facts": words.list_filed_facts(obj, grants, now),
            "status": words.describe_exemption_state(obj),
            "timeline": build_timeline(timelines.list_newest_entries(obj.pk), partial(words.describe_staff_event, obj)),
            "links": list_links(request, obj, now),
        }

    @admin.action(description=gettext_lazy("Take it back"), permissions=["view"], location=RECORD)
    def cancel(self, request: StaffRequest, queryset: QuerySet[Exemption]) -> HttpResponseBase:
        obj = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("No officer has to decide about it. To open this data you would have to file it again.")]
            return self.confirm(request, obj, _("Take this exemption back?"), effects, _("Take it back"))
        return self.decide(request, deciding.cancel_exemption, _("It is taken back."), who="member", exemption=obj.pk)

    @admin.action(description=gettext_lazy("End access"), permissions=["view"], location=RECORD)
    def end(self, request: StaffRequest, queryset: QuerySet[Exemption]) -> HttpResponseBase:
        obj = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("Access under this exemption ends now. This cannot be taken back.")]
            return self.confirm(request, obj, _("End this access?"), effects, _("End access"))
        return self.decide(
            request, deciding.end_exempted_access, _("Access has ended."), who="member", exemption=obj.pk
        )

    @admin.action(description=gettext_lazy("Tell the customer now"), permissions=["view"], location=RECORD)
    def release(self, request: StaffRequest, queryset: QuerySet[Exemption]) -> HttpResponseBase:
        obj = queryset.get()
        if not self.is_confirmed(request):
            effects = [words.describe_telling(obj, clock.now()), _("The delay ends now. This cannot be taken back.")]
            return self.confirm(request, obj, _("Tell the customer now?"), effects, _("Tell the customer"))
        shown = _("Their page shows it from now on. No email reaches them.")
        done = _("The customer is told.") if mail.is_reachable(obj.customer) else shown
        return self.decide(request, telling.release_notice, done, exemption=obj.pk)


def submit_exemption(request: StaffRequest, form: ExemptionForm) -> str:
    """Look the customer up, which is recorded, and file; neither when the form is sent again. Raises what filing
    raises, and NoSingleCustomer.
    """
    if (filed := find_submitted(request)) is not None:
        return filed
    customer = look_up_typed_customer(form.cleaned_data["who"], record_actor(request))
    member, new = request.user.staff_member, form.build(customer.pk)
    return run_once(request, lambda by: filing.file_exemption(new=new, member=member, by=by))


def submit_decision(exemption: Exemption, form: DecisionForm, officer: StaffMember, by: Actor) -> Exemption:
    return deciding.decide_exemption(
        exemption=exemption.pk,
        is_granted=form.cleaned_data["is_granted"] == "yes",
        words=form.cleaned_data["words"],
        officer=officer,
        delay=form.build_delay(),
        by=by,
    )


def submit_renewal(exemption: Exemption, form: DelayForm, officer: StaffMember, by: Actor) -> Exemption:
    delay = form.build_delay()
    assert delay is not None
    telling.renew_delay(exemption=exemption.pk, delay=delay, officer=officer, by=by)
    return exemption


def is_running(exemption: Exemption, now: datetime) -> bool:
    return any(grant.is_live(now) for grant in selectors.select_grants(exemption.pk))


def list_links(request: StaffRequest, exemption: Exemption, now: datetime) -> list[dict[str, Any]]:
    mine, role, links = exemption.staff_id == request.user.pk, get_role(request), []
    if mine and is_running(exemption, now):
        url = reverse("admin:disclosures_open", args=[exemption.pk])
        links.append({"url": url, "label": _("Open data"), "is_next": True})
    if role == Role.PRIVACY_OFFICER and exemption.state in OPEN_STATES and not mine:
        url = reverse("admin:exemptions_exemption_decide", args=[exemption.pk])
        links.append({"url": url, "label": _("Decide") if exemption.check_by is None else _("Check"), "is_next": True})
    last = max(exemption.delays.all(), key=lambda delay: delay.until, default=None)
    may_renew = role in OFFICERS and not mine and exemption.told_at is None
    if may_renew and last and last.until > now and last.decided_by_id != request.user.pk:
        url = reverse("admin:exemptions_exemption_renew", args=[exemption.pk])
        links.append({"url": url, "label": _("Renew the delay")})
    return links


def build_review(request: StaffRequest) -> dict[str, Any]:
    """Count the visible exemptions of the last quarters per team and ground; the longest bar is the most."""
    filed = select_visible(request).annotate(quarter=TruncQuarter("filed_at", output_field=DateField()))
    counted = (
        filed.values("quarter", "asked_team")
        .annotate(
            duties=Count("pk", distinct=True, filter=Q(kind=Kind.LEGAL_DUTY)),
            emergencies=Count("pk", distinct=True, filter=Q(kind=Kind.SAFETY)),
            unchecked=Count("pk", distinct=True, filter=Q(state=ExemptionState.UNCHECKED)),
        )
        .order_by("-quarter", "asked_team")[:100]
    )
    rows: list[dict[str, Any]] = [row | {"all": row["duties"] + row["emergencies"]} for row in counted]
    most = max((row["all"] for row in rows), default=1)
    context = admin.site.each_context(request) | {"title": _("Exemptions by quarter"), "opts": Exemption._meta}
    return context | {"rows": [row | draw_review_row(row, most) for row in rows]}


def draw_review_row(row: dict[str, Any], most: int) -> dict[str, Any]:
    url = f"{reverse('admin:exemptions_exemption_changelist')}?quarter={row['quarter']:%Y-%m-%d}"
    return {"width": 100 * row["all"] // most, "title": words.describe_quarter(row["quarter"]), "url": url}


def list_quarters(first: datetime, now: datetime) -> list[date]:
    """List the first days of the quarters since the first exemption, newest first; two years at most."""
    months = [12 * day.year + 3 * ((day.month - 1) // 3) for day in map(timezone.localtime, (first, now))]
    return [date(month // 12, month % 12 + 1, 1) for month in range(months[1], months[0] - 1, -3)][:QUARTERS]
