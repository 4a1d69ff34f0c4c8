"""Pages of compliance officers: request exports, approve those of others, and list earlier ones."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import RECORD
from consents.core.clock import DatabaseNow
from consents.core.durations import keep_counts
from consents.core.refusals import Refusal, Unknown
from consents.core.state_tags import render_state_tag
from consents.exports import rules, selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS
from consents.exports.models import Export
from consents.exports.rules import Dataset, Format, Period
from consents.exports.services import delivering, requesting
from consents.exports.services.delivering import FileExpired
from consents.exports.staff import downloads, links, words
from consents.exports.staff.forms import ExportForm
from consents.exports.staff.waiting import WaitsFilter
from consents.people.deciding import DecidingAdmin
from consents.people.identity_proofs import is_recently_authenticated
from consents.people.models import Role
from consents.people.visitors import record_actor, run_once

QUICK_PERIODS = {
    "last_month": (rules.get_last_month, gettext_lazy("Record of the month"), Format.CSV),
    "last_year": (rules.get_last_year, gettext_lazy("Record of the year"), Format.CSV),
    "document_of_year": (rules.get_last_year, gettext_lazy("Record of the year"), Format.PDF),
}
ZIP = "application/zip"
# What can be taken of an export, with the name of its address.
FILES = {"file": "exports_export_file", "package": "exports_export_package"}


def get_quick_period(name: str) -> Period:
    period: Period = QUICK_PERIODS[name][0](clock.now(), selectors.get_time_zone())
    return period


def build_initial(name: str) -> dict[str, Any]:
    """Return the values that a quick button of the list fills in."""
    period, (_last, reason, format) = get_quick_period(name), QUICK_PERIODS[name]
    return {
        "from_date": period.from_date,
        "last_date": period.until_date - timedelta(days=1),
        "format": format,
        "reason": reason,
    }


def build_form(request: HttpRequest, dataset: Dataset) -> ExportForm:
    """Build the form from what was sent, or from a quick button of the list."""
    for name in QUICK_PERIODS:
        if name in request.POST:
            return ExportForm(build_initial(name), dataset=dataset)
    return ExportForm(request.POST, dataset=dataset)


def check_freshness(request: HttpRequest) -> None:
    """Ask for a fresh sign-in before anything personal, since an open session may be used by someone else.

    Raises ReauthenticationRequired, or FreshSignInRequired for a continued download, which no person watches.
    """
    if is_recently_authenticated(request):
        return
    if "Range" in request.headers:
        raise rules.FreshSignInRequired
    raise ReauthenticationRequired


@admin.register(Export)
class ExportAdmin(DecidingAdmin):
    may_view = (Role.COMPLIANCE_OFFICER,)
    nothing_yet = gettext_lazy("Nothing has been exported yet.")
    list_display = ("made_at", "dataset", "period", "reason", "who", "state", "rows", "sha256")
    list_display_links = ("made_at",)
    list_filter = (WaitsFilter,)
    sortable_by = None  # by each column
    ordering = ("-made_at", "-pk")
    change_list_template = "admin/exports/export/change_list.html"
    change_form_template = None  # templates/admin/exports/export/
    actions = asked_first = ("approve",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.select_exports().annotate(seen_at=DatabaseNow()).order_by("-made_at", "-pk")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("make/<slug:dataset>/", view(self.make), name="exports_export_make"),
            # By name: any word here would also be taken for the page that asks before an act.
            *(
                path(f"<uuid:id>/{part}/<str:key>/", view(require_safe(self.download)), {"part": part}, name=name)
                for part, name in FILES.items()
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "datasets": [
                {"about": one, "url": reverse("admin:exports_export_make", args=[name])}
                for name, one in DESCRIPTIONS.items()
            ],
            "time_zone": selectors.get_time_zone().key,
            "month": get_quick_period("last_month").from_date,
            "year": get_quick_period("last_year").from_date,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def make(self, request: HttpRequest, dataset: str) -> HttpResponseBase:
        """Show the form for one dataset, or request the export and redirect to its page."""
        if not self.has_view_permission(request) or dataset not in DESCRIPTIONS:
            raise Unknown
        if request.method != "POST":
            return self.form_page(request, ExportForm(dataset=Dataset(dataset), initial=build_initial("last_year")))
        form, status = build_form(request, Dataset(dataset)), 422
        if form.is_valid():
            try:
                return redirect("admin:exports_export_change", self.made(request, form))
            except Refusal as refusal:
                form.add_refusal(refusal)
                status = refusal.status
        return self.form_page(request, form, status)

    def made(self, request: HttpRequest, form: ExportForm) -> str:
        officer: Any = request.user
        spec = form.build_spec(selectors.get_time_zone())
        if spec.personal:
            check_freshness(request)
        return run_once(request, lambda by: requesting.request_export(spec=spec, officer=officer.staff_member, by=by))

    def form_page(self, request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": words.title_export(form.dataset),
            "form": form,
            "time_zone": selectors.get_time_zone().key,
        }
        return TemplateResponse(request, "admin/exports/export/make.html", context, status=status)

    def record_context(self, request: HttpRequest, obj: Export) -> dict[str, Any]:
        is_own, why_not = obj.made_by_id == request.user.pk, words.find_obstacle(obj)
        return {
            "title": words.title_export(obj.dataset),
            "status": words.describe_export_state(obj),
            "facts": words.list_facts(obj),
            "banner": words.describe_obstacle(why_not) if is_own or isinstance(why_not, FileExpired) else "",
            "is_others": not is_own and not isinstance(why_not, (FileExpired, rules.ApprovalExpired)),
            "is_finished": words.is_file_stored(obj),
            "links": self.links_to(request, obj) if is_own and why_not is None else [],
        }

    def links_to(self, request: HttpRequest, obj: Export) -> list[dict[str, Any]]:
        key = links.sign_download_link(request, obj.pk)
        parts = [
            ("file", _("Download %(name)s") % {"name": obj.filename}),
            ("package", _("Download the sealed package (ZIP)")),
        ]
        return [
            {"url": reverse(f"admin:{FILES[part]}", args=[obj.pk, key]), "label": label, "is_next": part == "file"}
            for part, label in parts
        ]

    def download(self, request: HttpRequest, id: UUID, part: str, key: str) -> HttpResponseBase:
        """Send the file or the package, whole or in part, to the officer who requested it."""
        export = selectors.select_exports().filter(pk=id).first()
        if export is None or not self.has_view_permission(request):
            raise Unknown
        links.verify_download_link(request, export.pk, key)
        if export.personal:
            check_freshness(request)
        officer: Any = request.user
        try:
            delivery = delivering.deliver_export(
                export=export,
                officer=officer.staff_member,
                by=record_actor(request),
                package=part == "package",
                part=partial(downloads.parse_range, request),
            )
        except downloads.RangeNotSatisfiable as refusal:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{refusal.whole}"})
        return downloads.build_response(
            delivery, ZIP if part == "package" else FORMATS[Format(export.format)].content_type
        )

    def possible_actions(self, request: HttpRequest, obj: Export) -> Iterable[str]:
        is_open = obj.personal and not hasattr(obj, "approval")
        return ["approve"] if is_open and obj.made_by_id != request.user.pk else []

    @admin.action(description=gettext_lazy("Approve"), permissions=["view"], location=RECORD)
    def approve(self, request: HttpRequest, queryset: QuerySet[Export]) -> HttpResponseBase:
        row = queryset.get()
        check_freshness(request)
        if not self.is_confirmed(request):
            effects = [
                _("The officer who requested this export can download it with its personal columns for a week."),
                _("Your approval stays on record."),
            ]
            return self.confirm(request, row, _("Approve personal columns?"), effects, _("Approve"))
        done = _("You approved it. The officer who requested it can download it now.")
        return self.decide(request, requesting.approve_export, done, export=row.pk)

    @admin.display(description=gettext_lazy("period"))
    def period(self, export: Export) -> str:
        return keep_counts(words.describe_period(export))

    @admin.display(description=gettext_lazy("requested by"))
    def who(self, export: Export) -> str:
        return words.describe_user(export.made_by)

    @admin.display(description=gettext_lazy("state"))
    def state(self, export: Export) -> str:
        return render_state_tag(*words.describe_export_state(export))

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, export: Export) -> str:
        return str(export.result.rows) if hasattr(export, "result") else ""

    @admin.display(description="SHA-256")
    def sha256(self, export: Export) -> str:
        return format_html("<code>{}</code>", export.result.sha256) if hasattr(export, "result") else ""
