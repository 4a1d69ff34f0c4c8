"""Access requests on the staff site: asking, one's own requests, cancelling. Records never change here."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from consents.access import selectors
from consents.access.models import AccessRequest, Answer
from consents.access.rules import RequestState
from consents.access.selectors import enquiries, telephone
from consents.access.services import asking
from consents.access.staff import (
    again_pages,
    asking_pages,
    enquiry_pages,
    finding,
    proposal_admin,
    sentence_admin,
    telephone_pages,
    words,
)
from consents.access.staff.filters import StateFilter, filter_by_state
from consents.access.staff.news import record_answers_seen
from consents.access.staff.paging import DeadlinePaginator
from consents.access.staff.waiting import WaitsFilter
from consents.core import clock
from consents.core.admin import RECORD, as_harmless, as_shown_again, get_role
from consents.core.durations import describe_duration, format_local_moment
from consents.core.refusals import Refusal, Unknown
from consents.core.state_tags import render_state_tag
from consents.ledger.selectors import timelines
from consents.people import keys
from consents.people.deciding import DecidingAdmin
from consents.people.models import Role
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.staff.customer_filter import CustomerFilter
from consents.people.visitors import StaffRequest, as_poll, record_actor

__all__ = ["AccessRequestAdmin", "proposal_admin", "sentence_admin"]

FIGURES = {
    "waiting": ngettext_lazy(
        "access request waiting for a customer", "access requests waiting for customers", "number"
    ),
    "today": ngettext_lazy("access request answered today", "access requests answered today", "number"),
    "running": ngettext_lazy("access request that gives access now", "access requests that give access now", "number"),
}


def list_request_figures(request: StaffRequest) -> list[dict[str, Any]]:
    """Return the numbers on the first page, each a link to the list behind it."""
    requests, address = select_visible(request), reverse("admin:access_accessrequest_changelist")
    # Of requesters' own running access, the tile above tells.
    states = ["waiting", "today", "running"] if get_role(request) in OFFICERS else ["waiting", "today"]
    numbers = {state: filter_by_state(requests, state).count() for state in states}
    return [
        {"number": number, "label": FIGURES[state] % {"number": number}, "url": f"{address}?state={state}"}
        for state, number in numbers.items()
    ]


def select_visible(request: StaffRequest) -> QuerySet[AccessRequest]:
    """Select what this reader may see: requesters their own requests, officers all."""
    requests = selectors.annotate_current_state(AccessRequest.objects.all())
    return requests if get_role(request) in OFFICERS else requests.filter(staff=request.user.pk)


@admin.register(AccessRequest)
class AccessRequestAdmin(DecidingAdmin):
    may_view = {Role.REQUESTER, *OFFICERS}
    may_add = {Role.REQUESTER}
    add_label = gettext_lazy("Ask for access")
    change_form_template = None  # templates/admin/access/accessrequest/
    nothing_yet = gettext_lazy("No access request is on record here.")
    list_display = ("state_tag", "customer_short", "purpose_name", "case", "deadline", "filed")
    list_filter = (WaitsFilter, StateFilter, CustomerFilter, finding.CaseFilter)
    paginator = DeadlinePaginator
    fields = ("state",)
    actions = asked_first = ending_acts = ("cancel",)

    def get_queryset(self, request: StaffRequest) -> QuerySet[AccessRequest]:
        requests = selectors.prefetch_categories(select_visible(request)).select_related(
            "staff__staff_member", "answer__answered_by"
        )
        return selectors.order_by_deadline(selectors.annotate_holders(requests))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self.list_display if get_role(request) == Role.REQUESTER else (*self.list_display, "asked_by")

    @admin.display(description=gettext_lazy("asked by"))
    def asked_by(self, obj: AccessRequest) -> str:
        return obj.asked_as

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, access_request: AccessRequest) -> str:
        tag = render_state_tag(*words.describe_staff_status(access_request))
        return (
            format_html('{} <small class="beneath">{}</small>', tag, spoken)
            if (spoken := words.describe_recorder(access_request))
            else tag
        )

    @admin.display(description=gettext_lazy("what for"))
    def purpose_name(self, access_request: AccessRequest) -> str:
        return access_request.version.name

    @admin.display(description=gettext_lazy("case"))
    def case(self, access_request: AccessRequest) -> str:
        return access_request.case_number

    @admin.display(description=gettext_lazy("deadline"), empty_value="")
    def deadline(self, access_request: AccessRequest) -> str:
        return words.describe_deadline(access_request)

    @admin.display(description=gettext_lazy("filed"))
    def filed(self, access_request: AccessRequest) -> str:
        return format_local_moment(access_request.filed_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("preview/", view(self.preview_view), name="access_accessrequest_preview"),
            path("answered/", view(require_safe(self.answered_view)), name="access_accessrequest_answered"),
            path("find/", view(self.find_view), name="access_accessrequest_find"),
            path("<uuid:id>/again/", view(require_safe(self.again_view)), name="access_accessrequest_again"),
            path("<uuid:id>/reply/", view(self.reply_view), name="access_accessrequest_reply"),
            path("<uuid:id>/telephone/", view(self.telephone_view), name="access_accessrequest_telephone"),
        ]
        return own + super().get_urls()

    @as_shown_again
    def add_view(self, request: StaffRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        self.check_may_ask(request)
        return asking_pages.ask_for_access(request)

    @as_harmless
    def preview_view(self, request: StaffRequest) -> HttpResponseBase:
        """Answer the page's script; who comes here in another way, from a sign-in say, gets the whole page."""
        self.check_may_ask(request)
        if request.method != "POST":
            return redirect("admin:access_accessrequest_add")
        return asking_pages.preview_request(request)

    def check_may_ask(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise Unknown

    @as_poll
    def answered_view(self, request: StaffRequest) -> HttpResponse:
        """Tell how many requests were answered since the page was made, never the list itself."""
        try:
            since = parse_datetime(request.GET.get("since", ""))
        except ValueError:
            since = None
        if since is None or timezone.is_naive(since):
            return HttpResponseBadRequest(_("Load the list again."))
        context = {
            "answered": selectors.count_answered_since(request.user.pk, since),
            "back": reverse("admin:access_accessrequest_changelist"),
        }
        return render(request, "admin/access/accessrequest/answered.html", context)

    def again_view(self, request: StaffRequest, id: Any) -> HttpResponseBase:
        """Open the form with what one's own earlier request said."""
        access_request = self.get_object(request, str(id))
        self.check_may_ask(request)
        return again_pages.ask_again(request, access_request)

    def find_view(self, request: StaffRequest) -> HttpResponseBase:
        """Find requests by their case; else look up one customer, on record, and show the requests about them."""
        if not self.has_view_permission(request):
            raise Unknown
        form = finding.FindRequestsForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            typed = form.cleaned_data["who"]
            if known := finding.find_request_of_case(select_visible(request), typed.strip()):
                return redirect(reverse("admin:access_accessrequest_changelist", query={"case_of": known.pk}))
            try:
                customer = customer_records.look_up_customer(text=typed, by=record_actor(request))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                if customer:
                    return redirect(reverse("admin:access_accessrequest_changelist", query={"customer": customer.pk}))
                form.add_error("who", _("No case and no single customer has exactly this number or address."))
        context = self.admin_site.each_context(request) | {"title": _("Find requests"), "form": form, "opts": self.opts}
        template = "admin/access/accessrequest/find_requests.html"
        return render(request, template, context, status=422 if form.is_bound else 200)

    def reply_view(self, request: StaffRequest, id: Any) -> HttpResponse:
        """GET: the customer's question and a form. POST: reply to it."""
        access_request = self.get_object(request, str(id))
        if access_request.staff_id != request.user.pk:
            raise Unknown
        return enquiry_pages.reply_to_customer(request, access_request)

    def telephone_view(self, request: StaffRequest, id: Any) -> HttpResponse:
        """Let a privacy officer record what a proved caller answers."""
        access_request = self.get_object(request, str(id))
        if get_role(request) != Role.PRIVACY_OFFICER or not telephone.may_record_answer(request.user, access_request):
            raise Unknown
        return telephone_pages.answer_by_telephone(request, access_request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = _("My requests") if get_role(request) == Role.REQUESTER else _("Access requests")
        record_answers_seen(request)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def possible_actions(self, request: StaffRequest, obj: AccessRequest) -> Iterable[str]:
        return ["cancel"] if obj.state_now == RequestState.PENDING and obj.staff_id == request.user.pk else []

    def label_record(self, obj: AccessRequest) -> str:
        return _("Request to customer %(id)s") % {"id": str(obj.customer_id)[:8]}

    def record_context(self, request: StaffRequest, obj: AccessRequest) -> dict[str, Any]:
        mine = obj.staff_id == request.user.pk
        return {
            "status": words.describe_staff_status(obj),
            "facts": list_request_facts(obj),
            "message": open_message(obj) if mine else "",
            "enquiries": enquiries.list_enquiries(obj) if mine else [],
            "timeline": words.build_staff_timeline(obj, timelines.list_newest_entries(obj.pk)),
            "links": self.list_links(request, obj),
        }

    def list_links(self, request: StaffRequest, obj: AccessRequest) -> list[dict[str, Any]]:
        if obj.staff_id == request.user.pk:
            again = again_pages.build_again_links(obj) if self.has_add_permission(request) else []
            return [*enquiry_pages.build_reply_links(obj), *build_open_data_links(obj), *again]
        is_officer = get_role(request) == Role.PRIVACY_OFFICER
        return telephone_pages.build_telephone_links(request.user, obj) if is_officer else []

    @admin.action(description=gettext_lazy("Cancel the request"), permissions=["add"], location=RECORD)
    def cancel(self, request: StaffRequest, queryset: QuerySet[AccessRequest]) -> HttpResponseBase:
        access_request = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("The customer can no longer answer it."), _("To ask for something else, file a new request.")]
            return self.confirm(request, access_request, _("Cancel this request?"), effects, _("Cancel the request"))
        done = _("The request is cancelled.")
        return self.decide(request, asking.cancel_access_request, done, who="member", access_request=access_request.pk)


def list_request_facts(access_request: AccessRequest) -> list[tuple[str, Any]]:
    facts = [
        (_("What for"), access_request.version.name),
        (_("Why now"), access_request.get_reason_display()),
        (_("In one sentence"), access_request.sentence),
        (_("Why sensitive data"), access_request.sensitive_reason),
        (_("Case number"), access_request.case_number),
        (_("Asked by"), access_request.asked_as),
        (_("Which data"), ", ".join(requested.category.title for requested in access_request.requested.all())),
        (_("Access for"), describe_duration(access_request.duration)),
        (_("Filed"), format_local_moment(access_request.filed_at)),
        (words.label_answer_time(access_request), format_local_moment(access_request.answer_by)),
        (_("How it was answered"), words.describe_recorder(access_request)),
    ]
    if access_request.running_until:
        now = clock.now()
        live = [grant.category.title for grant in access_request.grants.all() if grant.is_live(now)]
        facts += [(_("Allowed now"), ", ".join(live)), (_("Until"), format_local_moment(access_request.running_until))]
    return [(label, value) for label, value in facts if value]


def open_message(access_request: AccessRequest) -> str:
    """Return the customer's message, opened with their key, or a note that the key has been destroyed."""
    answer: Answer | None = getattr(access_request, "answer", None)
    if answer is None or answer.sealed_message is None:
        return ""
    place = (str(access_request.pk), "message")
    return keys.open_unless_erased(access_request.customer_id, answer.sealed_message, *place) or _(
        "(The customer has been erased. Their message can no longer be read.)"
    )


def build_open_data_links(access_request: AccessRequest) -> list[dict[str, Any]]:
    if not access_request.running_until:
        return []
    return [
        {"url": reverse("admin:disclosures_open", args=[access_request.pk]), "label": _("Open data"), "is_next": True}
    ]
