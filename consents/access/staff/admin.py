"""Access requests on the staff site: asking, one's own requests, cancelling. Records never change here."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.paginator import Page
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
from consents.access.customers.presenting import describe_spoken, get_category_title, is_only_shortened
from consents.access.models import AccessRequest, Answer
from consents.access.rules import RequestState
from consents.access.rules.causes import ENDS, WORDS, EndCause
from consents.access.selectors import get_cause, get_moment, locking
from consents.access.selectors.locking import find_recorder
from consents.access.services import asking
from consents.access.staff import asking_pages, proposal_admin, sentence_admin, telephone_pages
from consents.access.staff.filters import StateFilter, filter_by_state
from consents.access.staff.waiting import WaitsFilter
from consents.core import clock
from consents.core.admin import RECORD, BoundedPaginator, as_harmless, as_shown_again, get_role, render_state_tag
from consents.core.durations import describe_duration, format_local_moment
from consents.core.refusals import Refusal, Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.ledger.selectors import timelines
from consents.people import keys
from consents.people.deciding import DecidingAdmin
from consents.people.found_customers import build_who_field
from consents.people.models import Role
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.staff.customer_filter import CustomerFilter
from consents.people.visitors import StaffRequest, as_poll, record_actor


class DeadlinePaginator(BoundedPaginator):
    """List pending requests by their deadline, then the rest newest first.

    Django asks no paginator about a list that fits on one page: that one stands in the order of its query set, which
    must be the same.
    """

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        ids = self.read_ids(first, min(first + self.per_page, self.count))
        rows: Any = self.object_list
        read = rows.order_by().in_bulk(ids)
        return Page([read[id] for id in ids if id in read], number, self)

    def read_ids(self, first: int, last: int) -> list[UUID]:
        rows: Any = self.object_list
        waiting, over = selectors.split_by_deadline(rows)
        ids = list(waiting.values_list("pk", flat=True)[first:last])
        if len(ids) < last - first:
            passed = 0 if ids else first - waiting.order_by()[:first].count()
            ids += over.values_list("pk", flat=True)[passed : passed + last - first - len(ids)]
        return ids


class FindRequestsForm(forms.Form):
    who = build_who_field(
        gettext_lazy(
            "The case number of a request; or exactly the customer number or the email address on file. Looking up a "
            "customer is recorded."
        ),
        label=gettext_lazy("Case or customer"),
        missing=gettext_lazy("Type a case number, a customer number or an email address."),
    )


class CaseFilter(admin.SimpleListFilter):
    """The requests with the case number of this one, which stands in no address itself, and is one that the reader may
    see: to anybody else it would tell whose case it is."""

    title = gettext_lazy("case")
    parameter_name = "case_of"
    keeps_case = True  # as the rows write it

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.number = self.read_case_number(model_admin.get_queryset(request))
        return [(str(self.value()), self.number)] if self.number else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return filter_by_case(queryset, self.number) if self.number else queryset

    def read_case_number(self, visible: QuerySet[Any]) -> str:
        """Return the case number of the request in the address; '' for none, or one that the reader may not see."""
        try:
            return visible.filter(pk=UUID(str(self.value()))).values_list("case_number", flat=True).first() or ""
        except ValueError:
            return ""


def filter_by_case(requests: QuerySet[Any], case: str) -> QuerySet[Any]:
    return requests.filter(case_number__iexact=case)


def find_request_of_case(requests: QuerySet[AccessRequest], typed: str) -> AccessRequest | None:
    """Return one of these requests with this case number, the newest; None if there is none."""
    return filter_by_case(requests, typed).order_by("-filed_at", "pk").first()


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
    list_filter = (WaitsFilter, StateFilter, CustomerFilter, CaseFilter)
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
        tag = render_state_tag(*describe_staff_status(access_request))
        return (
            format_html('{} <small class="beneath">{}</small>', tag, spoken)
            if (spoken := describe_recorder(access_request))
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
        return describe_deadline(access_request)

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
        return asking_pages.ask_again(request, access_request)

    def find_view(self, request: StaffRequest) -> HttpResponseBase:
        """Find requests by their case; else look up one customer, on record, and show the requests about them."""
        if not self.has_view_permission(request):
            raise Unknown
        form = FindRequestsForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            typed = form.cleaned_data["who"]
            if known := find_request_of_case(select_visible(request), typed.strip()):
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
        return telephone_pages.reply_to_customer(request, access_request)

    def telephone_view(self, request: StaffRequest, id: Any) -> HttpResponse:
        """Let a privacy officer record what a proved caller answers."""
        access_request = self.get_object(request, str(id))
        if get_role(request) != Role.PRIVACY_OFFICER or not locking.may_record_answer(request.user, access_request):
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
            "status": describe_staff_status(obj),
            "facts": list_request_facts(obj),
            "message": open_message(obj) if mine else "",
            "enquiries": selectors.list_enquiries(obj) if mine else [],
            "timeline": build_staff_timeline(obj, timelines.list_newest_entries(obj.pk)),
            "links": self.list_links(request, obj),
        }

    def list_links(self, request: StaffRequest, obj: AccessRequest) -> list[dict[str, Any]]:
        if obj.staff_id == request.user.pk:
            again = asking_pages.build_again_links(obj) if self.has_add_permission(request) else []
            return [*telephone_pages.build_reply_links(obj), *build_open_data_links(obj), *again]
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
        (label_answer_time(access_request), format_local_moment(access_request.answer_by)),
        (_("How it was answered"), describe_recorder(access_request)),
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


SESSION_KEY = "answers_seen"  # in the session: until when its owner has seen the answers to their requests


def build_news_url(request: HttpRequest) -> str:
    """Return the address that the page asks once a minute for new answers; '' for who asks no customers."""
    if get_role(request) != Role.REQUESTER:
        return ""
    if SESSION_KEY not in request.session:
        record_answers_seen(request)
    return reverse("admin:access_accessrequest_answered", query={"since": request.session[SESSION_KEY]})


def record_answers_seen(request: HttpRequest) -> None:
    request.session[SESSION_KEY] = clock.now().isoformat()


def describe_staff_status(access_request: AccessRequest) -> tuple[str, str]:
    """Return (tone, word). Expects `selectors.annotate_current_state` and `annotate_holders`."""
    is_shorter = access_request.state_now == RequestState.PARTLY_APPROVED and is_only_shortened(access_request)
    if access_request.running_until:
        if access_request.state_now == RequestState.APPROVED:
            return "yes", _("Allowed")
        return "yes", _("Allowed for a shorter time") if is_shorter else _("Allowed in part")
    # Where each of them has said yes, whoever was missing has left, and the customer is asked again.
    some_answered = 0 < getattr(access_request, "assents_given", 0) < getattr(access_request, "holders", 0)
    if access_request.state_now == RequestState.PENDING and some_answered:
        return "wait", _("%(assents_given)d of %(holders)d holders answered") % vars(access_request)
    return {
        RequestState.PENDING: ("wait", _("Waiting for the customer")),
        RequestState.APPROVED: ("no", _("Allowed, now over")),
        RequestState.PARTLY_APPROVED: (
            "no",
            _("Allowed for a shorter time, now over") if is_shorter else _("Allowed in part, now over"),
        ),
        RequestState.DENIED: ("no", _("Not allowed")),
        RequestState.EXPIRED: ("no", _("Time to answer ran out")),
        RequestState.CANCELLED: ("no", _("Cancelled")),
    }[RequestState(access_request.state_now)]


def describe_deadline(access_request: AccessRequest) -> str:
    """Return until when the customer may answer, or access runs; '' once neither goes on."""
    if access_request.running_until:
        return _("Access until %(moment)s") % {"moment": format_local_moment(access_request.running_until)}
    if access_request.state_now == RequestState.PENDING:
        return _("Answer by %(moment)s") % {"moment": format_local_moment(access_request.answer_by)}
    return ""


def label_answer_time(access_request: AccessRequest) -> str:
    return _("Answer by") if access_request.state_now == RequestState.PENDING else _("Deadline for the answer")


def describe_recorder(access_request: AccessRequest) -> str:
    """Mark an answer by telephone with who recorded it; '' for any other, or none."""
    return describe_spoken(find_recorder(access_request))


def build_staff_timeline(access_request: AccessRequest, entries: list[Entry]) -> list[dict[str, Any]]:
    """Put the ledger entries of one request into words, oldest first."""
    return [
        {"at": get_moment(access_request, entry), "text": line}
        for entry in entries
        if (line := describe_staff_entry(access_request, entry))
    ]


def describe_staff_entry(access_request: AccessRequest, entry: Entry) -> str:
    if entry.event in ENDS and "original" in entry.facts:
        return str(WORDS[EndCause.RESTORED].staff)
    if cause := get_cause(entry):
        return f"{WORDS[cause].staff} {describe_for_staff(entry)}"
    what, recorder = get_category_title(access_request.requested.all(), entry), find_recorder(access_request)
    return describe_for_staff(entry, who=access_request.asked_as, what=what, recorder=recorder)
