"""The compliance officer's page: take records out, and see what was taken out before."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from consents.core import clock
from consents.core.admin import RecordAdmin
from consents.core.refusals import Refusal
from consents.exports import rules, selectors, services
from consents.exports.forms import ExportForm
from consents.exports.models import Export
from consents.exports.rules import Dataset, Period
from consents.people.models import Role
from consents.people.visitors import actor_of


def downloaded(export: Export, content: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{export.filename}"'},
    )


@admin.register(Export)
class ExportAdmin(RecordAdmin):
    may_view = (Role.COMPLIANCE_OFFICER,)
    list_display = ("made_at", "dataset", "period", "reason", "who", "rows", "sha256")
    list_display_links = ("made_at",)
    ordering = ("-made_at",)
    change_list_template = "admin/exports/export/change_list.html"
    fields = readonly_fields = ("id", "dataset", "period", "reason", "who", "made_at", "filename", "rows", "sha256")

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.earlier().order_by("-made_at")

    def get_urls(self) -> list[URLPattern]:
        make = path("make/", self.admin_site.admin_view(require_POST(self.make)), name="exports_export_make")
        return [make, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "form": ExportForm(),
            "title": _("Exports"),
            "make_url": reverse("admin:exports_export_make"),
            "time_zone": selectors.zone().key,
            "month": rules.last_month(clock.now(), selectors.zone()).from_date,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def make(self, request: HttpRequest) -> HttpResponseBase:
        """One export as a download; otherwise this page again, saying why not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = self.last_month() if "last_month" in request.POST else ExportForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                return self.taken(request, form)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
        response = self.changelist_view(request, {"form": form})
        response.status_code = status
        return response

    def taken(self, request: HttpRequest, form: ExportForm) -> StreamingHttpResponse:
        asked = form.cleaned_data
        period = Period(asked["from_date"], asked["until_date"], selectors.zone())
        wanted = services.Wanted(Dataset.ACCESS_LOG, period, asked["reason"])
        officer: Any = request.user
        return downloaded(*services.make(wanted=wanted, officer=officer.staff_member, by=actor_of(request)))

    def last_month(self) -> ExportForm:
        month = rules.last_month(clock.now(), selectors.zone())
        return ExportForm(
            {"from_date": month.from_date, "until_date": month.until_date, "reason": _("Record of the month")}
        )

    @admin.display(description=gettext_lazy("period"))
    def period(self, export: Export) -> str:
        return _("%(from)s until %(until)s (%(zone)s)") % {
            "from": export.from_date,
            "until": export.until_date,
            "zone": export.time_zone,
        }

    @admin.display(description=gettext_lazy("taken by"))
    def who(self, export: Export) -> str:
        return str(export.made_by.staff_member) if export.made_by else _("command line")

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, export: Export) -> str:
        return str(export.result.rows) if hasattr(export, "result") else _("unfinished")

    @admin.display(description="SHA-256")
    def sha256(self, export: Export) -> str:
        return format_html("<code>{}</code>", export.result.sha256) if hasattr(export, "result") else ""
