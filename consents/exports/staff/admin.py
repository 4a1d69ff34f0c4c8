"""Pages of compliance officers: request exports, approve those of others, and list earlier ones."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import get_random_string
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import RECORD, render_state_tag
from consents.core.clock import DatabaseNow
from consents.core.durations import format_local_moment, keep_counts
from consents.core.refusals import Refusal, Unknown
from consents.exports import rules, sealed_files, selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS
from consents.exports.manifests import describe_days, describe_filters
from consents.exports.models import Export
from consents.exports.rules import (
    LINK_LIFETIME,
    RETENTION,
    Dataset,
    Format,
    Period,
    SecondOfficerRequired,
    check_approval,
)
from consents.exports.services import delivering
from consents.exports.services.delivering import FileExpired
from consents.exports.staff import downloads
from consents.exports.staff.forms import ExportForm
from consents.exports.staff.waiting import WaitsFilter
from consents.people.deciding import DecidingAdmin
from consents.people.models import Role, User
from consents.people.proof_codes import is_recently_authenticated
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
        return run_once(request, lambda by: delivering.request_export(spec=spec, officer=officer.staff_member, by=by))

    def form_page(self, request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": title_export(form.dataset),
            "form": form,
            "time_zone": selectors.get_time_zone().key,
        }
        return TemplateResponse(request, "admin/exports/export/make.html", context, status=status)

    def record_context(self, request: HttpRequest, obj: Export) -> dict[str, Any]:
        is_own, why_not = obj.made_by_id == request.user.pk, find_obstacle(obj)
        return {
            "title": title_export(obj.dataset),
            "status": describe_export_state(obj),
            "facts": list_facts(obj),
            "banner": describe_obstacle(why_not) if is_own or isinstance(why_not, FileExpired) else "",
            "is_others": not is_own and not isinstance(why_not, (FileExpired, rules.ApprovalExpired)),
            "is_finished": is_file_stored(obj),
            "links": self.links_to(request, obj) if is_own and why_not is None else [],
        }

    def links_to(self, request: HttpRequest, obj: Export) -> list[dict[str, Any]]:
        if SEED not in request.session:
            request.session[SEED] = get_random_string(32)
        key = signing.TimestampSigner(salt=SALT).sign(build_link_payload(request, obj.pk)).split(":", 1)[1]
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
        verify_download_link(request, export.pk, key)
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
        return self.decide(request, delivering.approve_export, done, export=row.pk)

    @admin.display(description=gettext_lazy("period"))
    def period(self, export: Export) -> str:
        return keep_counts(describe_period(export))

    @admin.display(description=gettext_lazy("requested by"))
    def who(self, export: Export) -> str:
        return describe_user(export.made_by)

    @admin.display(description=gettext_lazy("state"))
    def state(self, export: Export) -> str:
        return render_state_tag(*describe_export_state(export))

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, export: Export) -> str:
        return str(export.result.rows) if hasattr(export, "result") else ""

    @admin.display(description="SHA-256")
    def sha256(self, export: Export) -> str:
        return format_html("<code>{}</code>", export.result.sha256) if hasattr(export, "result") else ""


# Describe an export for officers, as `ExportAdmin` selects it: `seen_at` is when.


def title_export(dataset: str) -> str:
    return _("Export: %(records)s") % {"records": DESCRIPTIONS[Dataset(dataset)].title}


def describe_period(export: Export) -> str:
    return f"{describe_days(export.from_date, export.until_date)}, {export.time_zone}"


def describe_user(user: User | None) -> str:
    return str(user.staff_member) if user else _("command line")


def describe_export_state(export: Any) -> tuple[str, str]:
    """Return the tone and the word of its state."""
    tone, word = choose_export_state(export)
    return tone, capfirst(word)


def describe_obstacle(why_not: Refusal | None) -> str:
    """Say to the officer who asked for an export why it cannot be made yet, or no longer; '' if it can."""
    if isinstance(why_not, SecondOfficerRequired):
        return _(
            "You asked for personal data, so another compliance officer must open this page and approve the export."
        )
    return str(why_not or "")


def find_obstacle(export: Any) -> Refusal | None:
    """Return why nobody can download its file; None where whoever asked for it can."""
    try:
        check_approval(export.personal, export.agreed_at, export.seen_at)
    except Refusal as refusal:
        return refusal
    return FileExpired() if hasattr(export, "result") and not is_file_stored(export) else None


def is_file_stored(export: Any) -> bool:
    return hasattr(export, "result") and bool(export.seen_at < export.result.finished_at + RETENTION)


def choose_export_state(export: Any) -> tuple[str, str]:
    if hasattr(export, "result"):
        return ("yes", _("finished")) if is_file_stored(export) else ("no", _("file no longer stored"))
    if export.personal and not hasattr(export, "approval"):
        return "wait", _("waits for a second officer")
    if export.agreed_at and export.agreed_at + RETENTION <= export.seen_at:
        return "no", _("approval has expired")
    if (written := sealed_files.get_writing_progress(export.id)) is None:
        return "no", _("not downloaded yet")
    size, is_alive = written
    words = _("being written: %(size)s so far") if is_alive else _("stopped after %(size)s: download it again")
    return "wait", words % {"size": filesizeformat(size)}


def list_facts(export: Export) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [
        (_("Records"), str(export)),
        (_("Period"), describe_period(export)),
        (_("Filters"), describe_filters(export)),
        (_("Personal columns"), _("Included") if export.personal else _("Left empty")),
        (_("Format"), export.get_format_display()),
        (_("What it is for"), export.reason),
        (_("Requested"), f"{format_local_moment(export.made_at)}, {describe_user(export.made_by)}"),
    ]
    if hasattr(export, "approval"):
        approval = export.approval
        facts += [
            (_("Approved"), f"{format_local_moment(approval.approved_at)}, {describe_user(approval.approved_by)}"),
            (_("Approval valid until"), format_local_moment(approval.approved_at + RETENTION)),
        ]
    if hasattr(export, "result"):
        result = export.result
        facts += [
            (_("Rows"), str(result.rows)),
            (_("Size"), filesizeformat(result.size)),
            ("SHA-256", format_html("<code>{}</code>", result.sha256)),
            (_("Kept until"), format_local_moment(result.finished_at + RETENTION)),
        ]
    return [(label, value) for label, value in facts if value]


SALT = "consents.exports.staff.links"
# A secret of the session that outlives its id: proving again who one is, as a link may ask, changes the id.
SEED = "download_links"


class LinkExpired(Refusal):
    status = 410
    sentence = gettext_lazy("This link has expired. Open the export in the list: its page has a new link.")


def verify_download_link(request: HttpRequest, export: UUID, key: str) -> None:
    """Raise LinkExpired if the key was guessed, is too old, or belongs to another export, session or person."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(f"{build_link_payload(request, export)}:{key}", max_age=LINK_LIFETIME)
    except signing.BadSignature:
        raise LinkExpired from None


def build_link_payload(request: HttpRequest, export: UUID) -> str:
    """Build what is signed: without a secret of its own, so that a link outlives a rotation of the portal's."""
    owner = f"{export} {request.user.pk} {request.session.get(SEED, get_random_string(32))}"
    return hashlib.sha256(owner.encode()).hexdigest()
