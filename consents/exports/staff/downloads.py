"""The page on which an officer checks a package: one that is kept here, or any by the text of its manifest."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consents.core.admin import check_role
from consents.core.durations import format_local_moment
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal
from consents.core.signing import LARGEST
from consents.exports import sealed_files
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.manifests import describe_days
from consents.exports.models import Export
from consents.exports.rules import Dataset
from consents.exports.services.delivering import Delivery
from consents.exports.verifying import Verdict
from consents.people.models import Role

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeNotSatisfiable(Exception):
    """The range lies outside the file, which has `whole` bytes."""

    def __init__(self, whole: int) -> None:
        self.whole = whole


def parse_range(request: HttpRequest, whole: int, tag: str) -> tuple[int, int] | None:
    """Return the half-open range of bytes asked for; None for all of them, or if the file has changed since."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    known = request.headers.get("If-Range", "").strip()
    if not found or found[0] == "bytes=-" or known not in ("", f'"{tag}"'):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, whole - int(last))
    end = min(int(last) + 1, whole) if first and last else whole
    if start >= end:
        raise RangeNotSatisfiable(whole)
    return start, end


def build_response(delivery: Delivery, content_type: str) -> HttpResponseBase:
    """Stream the delivery. Once its file is stored, the response has a length and can be continued later."""
    headers = {"Content-Disposition": f'attachment; filename="{delivery.name}"'}
    if delivery.whole is None or delivery.size is None:
        return StreamingHttpResponse(delivery.content, content_type=content_type, headers=headers)
    headers |= {"Accept-Ranges": "bytes", "Content-Length": str(delivery.size), "ETag": f'"{delivery.tag}"'}
    is_part = delivery.size != delivery.whole
    if is_part:
        last = delivery.start + delivery.size - 1
        headers["Content-Range"] = f"bytes {delivery.start}-{last}/{delivery.whole}"
    status = 206 if is_part else 200
    return StreamingHttpResponse(delivery.content, content_type=content_type, headers=headers, status=status)


class PackageCheckForm(forms.Form):
    """Choose what to check: a package that is kept here, or a manifest."""

    export = forms.ChoiceField(
        label=gettext_lazy("A package that is kept here"),
        required=False,
        help_text=gettext_lazy("Packages are kept for a week. An older one is checked by its manifest."),
    )
    manifest = forms.CharField(
        label=gettext_lazy("Or the text of manifest.jws"),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Open the file in the package with a text editor, and paste all of it."),
    )

    def __init__(self, *args: Any, kept: list[Export], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {str(export.id): export for export in kept}
        choices = [(id, describe_kept_export(export)) for id, export in self.kept.items()]
        get_choice_field(self, "export").choices = [("", _("Choose a package")), *choices]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("export")) == bool(cleaned.get("manifest")):
            raise forms.ValidationError(_("Choose a package, or paste a manifest: one of the two."))
        return cleaned

    def check(self) -> Verdict:
        """Raises a Refusal with the reason why nothing can be said for certain, or that it is not genuine."""
        if id := self.cleaned_data["export"]:
            return sealed_files.check_kept_package(self.kept[id])
        return sealed_files.check_manifest_text(self.cleaned_data["manifest"])


def describe_kept_export(export: Export) -> str:
    days = describe_days(export.from_date, export.until_date)
    return f"{export}, {days}, {export.format.upper()}, {format_local_moment(export.made_at)}"


@require_http_methods(["GET", "HEAD", "POST"])
def check_package(request: HttpRequest) -> HttpResponse:
    """Show the form (GET, with the package preselected that `export` names), or what was found (POST)."""
    check_role(request, {Role.COMPLIANCE_OFFICER})
    kept, verdict, status = sealed_files.list_kept_exports(), None, 200
    if request.method != "POST":
        form = PackageCheckForm(initial={"export": read_chosen(request)}, kept=kept)
    else:
        form, status = PackageCheckForm(request.POST, kept=kept), 422
        if form.is_valid():
            try:
                verdict, status = form.check(), 200
            except Refusal as refusal:
                form.add_error("export" if form.cleaned_data["export"] else "manifest", str(refusal))
                status = refusal.status
    context = admin.site.each_context(request) | {
        "title": _("Check a package"),
        "form": form,
        "verdict": verdict,
        "facts": list_signed_facts(verdict) if verdict else [],
        "is_whole_package": bool(verdict and form.cleaned_data["export"]),
    }
    return render(request, "admin/exports/check.html", context, status=status)


def read_chosen(request: HttpRequest) -> str:
    try:
        return str(UUID(request.GET.get("export", "")))
    except ValueError:
        return ""


def name_records(dataset: str) -> str:
    """Return their title, or the code in the manifest of a portal that has other records."""
    return str(DESCRIPTIONS[Dataset(dataset)].title) if dataset in set(Dataset) else dataset


def list_signed_facts(verdict: Verdict) -> list[tuple[str, str]]:
    """Return what the signed manifest says of the export."""
    content, records = verdict.manifest.content, verdict.manifest.records
    query = content["query"]
    first, until = date.fromisoformat(query["from"]), date.fromisoformat(query["until"])
    return [
        (_("Signed by"), f"{content['company']}, {format_local_moment(datetime.fromisoformat(content['taken_at']))}"),
        (_("Records"), name_records(content["dataset"])),
        (_("File"), records.name),
        (_("Period"), f"{describe_days(first, until)} ({query['time_zone']})"),
        (_("Rows"), str(records.rows)),
        (_("Personal columns"), _("Included") if content["personal"] else _("Left empty")),
        (_("Export"), content["export"]),
        ("SHA-256", records.sha256),
    ]
