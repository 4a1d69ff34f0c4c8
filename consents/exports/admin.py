"""The compliance officer's pages: take records out, agree to what another takes out, see what was taken out before."""

from collections.abc import Iterable
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
from consents.core.admin import RECORD, RecordAdmin
from consents.core.refusals import Refusal, Unknown
from consents.exports import dictionary, downloads, links, rules, selectors, services, words
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS
from consents.exports.forms import ExportForm
from consents.exports.models import Export
from consents.exports.rules import Dataset, Format, Period
from consents.people.models import Role
from consents.people.visitors import actor_of, is_fresh, once

QUICK = {
    "last_month": (rules.last_month, gettext_lazy("Record of the month")),
    "last_year": (rules.last_year, gettext_lazy("Record of the year")),
}
ZIP = "application/zip"


def quick_period(name: str) -> Period:
    period: Period = QUICK[name][0](clock.now(), selectors.zone())
    return period


def begun(name: str) -> dict[str, Any]:
    """What one press on the list fills in."""
    period, reason = quick_period(name), QUICK[name][1]
    return {"from_date": period.from_date, "until_date": period.until_date, "format": Format.CSV, "reason": reason}


def asked(request: HttpRequest, dataset: Dataset) -> ExportForm:
    """The form as it was sent; one press on the list fills it too."""
    for name in QUICK:
        if name in request.POST:
            return ExportForm(begun(name), dataset=dataset)
    return ExportForm(request.POST, dataset=dataset)


def check_freshness(request: HttpRequest) -> None:
    """Before anything personal: a session left open is not its officer. They sign in again, and the act goes on.

    Raises ReauthenticationRequired, and SignInAgain where only a program would read that page.
    """
    if is_fresh(request):
        return
    if "Range" in request.headers:
        raise rules.SignInAgain
    raise ReauthenticationRequired


@admin.register(Export)
class ExportAdmin(RecordAdmin):
    may_view = (Role.COMPLIANCE_OFFICER,)
    list_display = ("made_at", "dataset", "period", "reason", "who", "state", "rows", "sha256")
    list_display_links = ("made_at",)
    ordering = ("-made_at",)
    change_list_template = "admin/exports/export/change_list.html"
    change_form_template = None  # templates/admin/exports/export/
    actions = ("approve",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return selectors.earlier().order_by("-made_at")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("make/<slug:dataset>/", view(self.make), name="exports_export_make"),
            path("<uuid:id>/<slug:part>/<str:key>/", view(require_safe(self.download)), name="exports_export_file"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "title": _("Exports"),
            "datasets": [
                {"about": one, "url": reverse("admin:exports_export_make", args=[name])}
                for name, one in DESCRIPTIONS.items()
            ],
            "time_zone": selectors.zone().key,
            "month": quick_period("last_month").from_date,
            "year": quick_period("last_year").from_date,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def make(self, request: HttpRequest, dataset: str) -> HttpResponseBase:
        """Ask for records of one dataset; on to the page of the export."""
        if not self.has_view_permission(request) or dataset not in DESCRIPTIONS:
            raise Unknown
        if request.method != "POST":
            return self.form_page(request, ExportForm(dataset=Dataset(dataset), initial=begun("last_year")))
        form, status = asked(request, Dataset(dataset)), 422
        if form.is_valid():
            try:
                return redirect("admin:exports_export_change", self.made(request, form))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
        return self.form_page(request, form, status)

    def made(self, request: HttpRequest, form: ExportForm) -> str:
        officer: Any = request.user
        wanted = form.wanted(selectors.zone())
        if wanted.personal:
            check_freshness(request)
        return once(request, lambda by: services.make(wanted=wanted, officer=officer.staff_member, by=by))

    def form_page(self, request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": form.description.title,
            "form": form,
            "columns": dictionary.rows(form.description),
            "time_zone": selectors.zone().key,
        }
        return TemplateResponse(request, "admin/exports/export/make.html", context, status=status)

    def record_context(self, request: HttpRequest, obj: Export) -> dict[str, Any]:
        is_own = obj.made_by_id == request.user.pk
        try:
            rules.check_agreed(obj.personal, obj.agreed_at, clock.now())
            why_not = None
        except Refusal as refusal:
            why_not = refusal
        return {
            "title": DESCRIPTIONS[Dataset(obj.dataset)].title,
            "status": words.state_of(obj),
            "facts": words.facts_of(obj),
            "waits_for_other": is_own and isinstance(why_not, rules.NeedsSecondOfficer),
            "over": why_not if is_own and isinstance(why_not, rules.AgreementIsOver) else "",
            "is_others": not is_own,
            "is_finished": hasattr(obj, "result"),
            "links": self.links_to(request, obj) if is_own and why_not is None else [],
        }

    def links_to(self, request: HttpRequest, obj: Export) -> list[dict[str, Any]]:
        key = links.key_for(request, obj.pk)
        parts = [
            ("file", _("Download %(name)s") % {"name": obj.filename}),
            ("package", _("Download the sealed package (ZIP)")),
        ]
        return [
            {"url": reverse("admin:exports_export_file", args=[obj.pk, part, key]), "label": label}
            for part, label in parts
        ]

    def download(self, request: HttpRequest, id: UUID, part: str, key: str) -> HttpResponseBase:
        """The file or the package, for the officer who asked for it while they are one, in whole or in part."""
        export = selectors.earlier().filter(pk=id).first()
        if export is None or part not in ("file", "package") or not self.has_view_permission(request):
            raise Unknown
        links.check(request, export.pk, key)
        if export.personal:
            check_freshness(request)
        officer: Any = request.user
        try:
            delivery = services.deliver(
                export=export,
                officer=officer.staff_member,
                by=actor_of(request),
                package=part == "package",
                part=partial(downloads.span_of, request),
            )
        except downloads.NoSuchPart as refusal:
            return downloads.not_there(refusal.whole)
        return downloads.answer(delivery, ZIP if part == "package" else FORMATS[Format(export.format)].content_type)

    def possible_actions(self, request: HttpRequest, obj: Export) -> Iterable[str]:
        is_open = obj.personal and not hasattr(obj, "approval")
        return ["approve"] if is_open and obj.made_by_id != request.user.pk else []

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("Agree"), permissions=["decide"], location=RECORD)
    def approve(self, request: HttpRequest, queryset: QuerySet[Export]) -> HttpResponseBase:
        row = queryset.get()
        check_freshness(request)
        if not self.is_confirmed(request):
            effects = [
                _("The officer who asked may take these records with their personal columns, for a week."),
                _("It stays on record that you agreed."),
            ]
            title, button = _("Agree to personal columns?"), _("Agree")
            return self.confirm(request, row, action="approve", title=title, effects=effects, button=button)
        officer: Any = request.user
        return self.act(
            request,
            lambda: once(request, lambda by: services.approve(export=row.pk, officer=officer.staff_member, by=by)),
            _("You agreed. The officer who asked can take it now."),
        )

    @admin.display(description=gettext_lazy("period"))
    def period(self, export: Export) -> str:
        return words.period(export)

    @admin.display(description=gettext_lazy("asked for by"))
    def who(self, export: Export) -> str:
        return words.name_of(export.made_by)

    @admin.display(description=gettext_lazy("state"))
    def state(self, export: Export) -> str:
        tone, word = words.state_of(export)
        return format_html('<span class="state state-{}">{}</span>', tone, word)

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, export: Export) -> str:
        return str(export.result.rows) if hasattr(export, "result") else ""

    @admin.display(description="SHA-256")
    def sha256(self, export: Export) -> str:
        return format_html("<code>{}</code>", export.result.sha256) if hasattr(export, "result") else ""
