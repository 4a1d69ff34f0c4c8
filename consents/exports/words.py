"""An export as officers read it."""

from typing import Any

from django.template.defaultfilters import date, filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext as _

from consents.core import clock
from consents.exports import keeping
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import KEPT, Dataset
from consents.people.models import User


def period(export: Export) -> str:
    return _("%(from)s until %(until)s, %(zone)s") % {
        "from": export.from_date,
        "until": export.until_date,
        "zone": export.time_zone,
    }


def name_of(user: User | None) -> str:
    return str(user.staff_member) if user else _("command line")  # type: ignore[attr-defined]


def state_of(export: Export) -> tuple[str, str]:
    """(tone, word)."""
    if hasattr(export, "result"):
        return "yes", _("finished")
    if export.personal and not hasattr(export, "approval"):
        return "wait", _("waits for a second officer")
    if export.agreed_at and export.agreed_at + KEPT <= clock.now():
        return "no", _("agreement is over")
    if (written := keeping.written_so_far(export.id)) is None:
        return "no", _("not taken yet")
    size, is_alive = written
    words = _("being written: %(size)s so far") if is_alive else _("stopped after %(size)s: take it again")
    return "wait", words % {"size": filesizeformat(size)}


def facts_of(export: Export) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [
        (_("Records"), DESCRIPTIONS[Dataset(export.dataset)].title),
        (_("Period"), period(export)),
        (_("Only"), only(export)),
        (_("Personal columns"), _("included") if export.personal else _("left empty")),
        (_("Format"), export.get_format_display()),
        (_("What it is for"), export.reason),
        (_("Asked for"), f"{moment(export.made_at)}, {name_of(export.made_by)}"),
    ]
    if hasattr(export, "approval"):
        approval = export.approval
        facts += [
            (_("Agreed to"), f"{moment(approval.approved_at)}, {name_of(approval.approved_by)}"),
            (_("Agreed until"), moment(approval.approved_at + KEPT)),
        ]
    if hasattr(export, "result"):
        result = export.result
        facts += [
            (_("Rows"), str(result.rows)),
            (_("Size"), filesizeformat(result.size)),
            ("SHA-256", format_html("<code>{}</code>", result.sha256)),
            (_("Kept until"), moment(result.finished_at + KEPT)),
        ]
    return [(label, value) for label, value in facts if value]


def only(export: Export) -> str:
    filters = {one.name: one for one in DESCRIPTIONS[Dataset(export.dataset)].filters}
    return "; ".join(
        f"{filters[name].label}: {dict(filters[name].choices).get(value, value)}"
        for name, value in export.chosen.items()
        if name in filters
    )


def moment(at: Any) -> str:
    return date(at, "Y-m-d H:i")
