"""Access requests in the staff house: asking, one's own requests, cancelling. Records never change here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST, require_safe

from consents.access import asking_pages, selectors, services, staff_words
from consents.access.models import AccessRequest, Answer
from consents.access.rules import State
from consents.core import clock, sealing
from consents.core.admin import RECORD, RecordAdmin, role_of
from consents.core.durations import in_words
from consents.core.refusals import Unknown
from consents.ledger import selectors as ledger
from consents.people import keys
from consents.people.models import CustomerKey, Role
from consents.people.visitors import once

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", _("Waiting for the customer")),
            ("running", _("Access running")),
            ("today", _("Answered today")),
            ("over", _("Over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return narrowed(queryset, str(self.value() or ""))


def narrowed(rows: QuerySet[AccessRequest], state: str) -> QuerySet[AccessRequest]:
    """Expects selectors.as_now. An unknown state narrows nothing."""
    if state == "waiting":
        return rows.filter(state_now=State.PENDING)
    if state == "running":
        return rows.filter(running_until__isnull=False)
    if state == "today":
        return rows.filter(answer__answered_at__gte=midnight())
    if state == "over":
        return rows.exclude(state_now=State.PENDING).filter(running_until__isnull=True)
    return rows


def midnight() -> datetime:
    """When today began, where the reader is."""
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The first page in numbers, each a link to the list behind it."""
    if role_of(request) not in {Role.REQUESTER, *OFFICERS}:
        return []
    rows, address = visible(request), reverse("admin:access_accessrequest_changelist")
    labels = [("waiting", _("waiting for customers")), ("today", _("answered today")), ("running", _("running now"))]
    return [
        {"number": narrowed(rows, state).count(), "label": label, "url": f"{address}?state={state}"}
        for state, label in labels
    ]


def visible(request: HttpRequest) -> QuerySet[AccessRequest]:
    """Requesters see their own; officers see all."""
    rows = selectors.as_now(AccessRequest.objects.all())
    return rows if role_of(request) in OFFICERS else rows.filter(staff=request.user.pk)


@admin.register(AccessRequest)
class AccessRequestAdmin(RecordAdmin):
    may_view = {Role.REQUESTER, *OFFICERS}
    may_add = {Role.REQUESTER}
    add_label = gettext_lazy("Ask for access")
    change_form_template = None  # templates/admin/access/accessrequest/
    list_display = ("state_tag", "customer_short", "purpose_name", "case", "answer_until", "filed")
    list_filter = (StateFilter,)
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ("state",)
    actions = ("cancel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRequest]:
        rows = selectors.with_categories(visible(request)).select_related("staff__staff_member", "answer")
        return selectors.soonest_first(rows)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self.list_display if role_of(request) == Role.REQUESTER else (*self.list_display, "asked_as")

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, row: AccessRequest) -> str:
        return format_html('<span class="state state-{}">{}</span>', *staff_words.status_of(row))

    @admin.display(description=gettext_lazy("customer"))
    def customer_short(self, row: AccessRequest) -> str:
        return str(row.customer_id)[:8]

    @admin.display(description=gettext_lazy("what for"))
    def purpose_name(self, row: AccessRequest) -> str:
        return row.version.name

    @admin.display(description=gettext_lazy("case"))
    def case(self, row: AccessRequest) -> str:
        return row.case_number

    @admin.display(description=gettext_lazy("answer by"))
    def answer_until(self, row: AccessRequest) -> str:
        return as_words(row.answer_by)

    @admin.display(description=gettext_lazy("filed"))
    def filed(self, row: AccessRequest) -> str:
        return as_words(row.filed_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("preview/", view(require_POST(self.preview_view)), name="access_accessrequest_preview"),
            path("answered/", view(require_safe(self.answered_view)), name="access_accessrequest_answered"),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        self.check_may_ask(request)
        return asking_pages.ask(request)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        self.check_may_ask(request)
        return asking_pages.preview(request)

    def check_may_ask(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise Unknown

    def answered_view(self, request: HttpRequest) -> HttpResponse:
        """A hint, never the list itself: how many were answered since the page was made."""
        try:
            since = parse_datetime(request.GET.get("since", ""))
        except ValueError:
            since = None
        if since is None or timezone.is_naive(since):
            return HttpResponseBadRequest(_("Load the list again."))
        context = {
            "answered": selectors.answered_since(request.user.pk, since),  # type: ignore[arg-type]
            "back": reverse("admin:access_accessrequest_changelist"),
        }
        return render(request, "admin/access/accessrequest/answered.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = _("My requests") if role_of(request) == Role.REQUESTER else _("Access requests")
        return super().changelist_view(request, {"title": title} | news(request) | (extra_context or {}))

    def possible_actions(self, request: HttpRequest, obj: AccessRequest) -> Iterable[str]:
        return ["cancel"] if obj.state_now == State.PENDING and obj.staff_id == request.user.pk else []  # type: ignore[attr-defined]

    def record_context(self, request: HttpRequest, obj: AccessRequest) -> dict[str, Any]:
        mine = obj.staff_id == request.user.pk
        return news(request) | {
            "title": _("Request to %(customer)s") % {"customer": staff_words.short(obj.customer_id).lower()},
            "status": staff_words.status_of(obj),
            "facts": facts_of(obj),
            "message": message_of(obj) if mine else "",
            "timeline": staff_words.timeline(obj, ledger.newest(obj.pk)),
            "links": open_data_link(obj) if mine else [],
        }

    @admin.action(description=gettext_lazy("Cancel the request"), permissions=["add"], location=RECORD)
    def cancel(self, request: HttpRequest, queryset: QuerySet[AccessRequest]) -> HttpResponseBase:
        row = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("The customer cannot answer it any more."), _("To ask for something else, ask anew.")]
            title, button = _("Cancel this request?"), _("Cancel the request")
            return self.confirm(request, row, action="cancel", title=title, effects=effects, button=button)
        member = request.user.staff_member  # type: ignore[union-attr]
        return self.act(
            request,
            lambda: once(request, lambda by: services.cancel(request=row.pk, member=member, by=by)),
            _("The request is cancelled."),
        )


def news(request: HttpRequest) -> dict[str, str]:
    """Where the page asks, once a minute, whether anything was answered since it was made."""
    if role_of(request) != Role.REQUESTER:
        return {}
    query = {"since": clock.now().isoformat()}
    return {"news_url": reverse("admin:access_accessrequest_answered", query=query)}


def facts_of(row: AccessRequest) -> list[tuple[str, Any]]:
    facts = [
        (_("Asked by"), row.asked_as),
        (_("What for"), row.version.name),
        (_("Which data"), ", ".join(requested.category.title for requested in row.requested.all())),
        (_("Reason"), row.get_reason_display()),
        (_("In one sentence"), row.sentence),
        (_("Why sensitive data"), row.sensitive_reason),
        (_("Case number"), row.case_number),
        (_("Access for"), in_words(row.duration)),
        (_("Filed"), as_words(row.filed_at)),
        (_("Answer by"), as_words(row.answer_by)),
    ]
    if row.running_until:  # type: ignore[attr-defined]
        now = clock.now()
        live = [grant.category.title for grant in row.grants.all() if grant.is_live(now)]
        facts += [(_("Allowed now"), ", ".join(live)), (_("Until"), as_words(row.running_until))]  # type: ignore[attr-defined]
    return [(label, value) for label, value in facts if value]


def as_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), pgettext("date and time format", "j F Y, H:i"))


def message_of(row: AccessRequest) -> str:
    """What the customer wrote with the answer, opened with their key; once that is destroyed, that it was."""
    answer: Answer | None = getattr(row, "answer", None)
    if answer is None or answer.sealed_message is None:
        return ""
    try:
        key = keys.of(row.customer_id)
    except CustomerKey.DoesNotExist:
        return _("(The customer has been erased. What they wrote cannot be read any more.)")
    return sealing.unseal(key, bytes(answer.sealed_message), str(row.pk), "message").decode()


def open_data_link(row: AccessRequest) -> list[dict[str, str]]:
    if not row.running_until:  # type: ignore[attr-defined]
        return []
    return [{"url": reverse("admin:disclosures_open", args=[row.pk]), "label": _("Open data")}]
