"""Describe an export for officers, as `ExportAdmin` selects it: `seen_at` is when."""

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.core.durations import format_local_moment
from consents.core.refusals import Refusal
from consents.exports import sealed_files
from consents.exports.cover import describe_days, describe_filters
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import RETENTION, Dataset, SecondOfficerRequired, check_approval
from consents.exports.services.delivering import FileExpired
from consents.people.models import User


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
    """Return True while the file of a finished export is kept."""
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
