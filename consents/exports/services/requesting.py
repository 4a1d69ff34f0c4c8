"""Request an export, and approve its personal columns as a second officer. Nothing is read yet."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.exports import rules
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Approval, Export
from consents.exports.rules import ExportSpec
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember


@transaction.atomic
def request_export(*, spec: ExportSpec, officer: StaffMember | None, by: Actor) -> Export:
    """Put an export on record; `deliver_export` writes it once this is committed.

    Without an officer, only the command line may export (its users have access to the database anyway), and nothing
    personal. Raises NotComplianceOfficer, BadPeriod, PeriodTooEarly, PeriodInFuture, ReasonRequired, UnknownFormat,
    UnknownFilter, NoPersonalColumns, OfficersRequired.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    check_export_spec(spec, officer)
    period, description = spec.period, DESCRIPTIONS[spec.dataset]
    export = Export.record(
        dataset=spec.dataset,
        version=description.version,
        format=spec.format,
        from_date=period.from_date,
        until_date=period.until_date,
        time_zone=period.zone.key,
        chosen=dict(spec.chosen),
        personal=spec.personal,
        reason=spec.reason.strip(),
        made_by=officer.user if officer else None,
        filename=rules.build_file_name(spec.dataset, period, spec.format),
    )
    details = {
        "chosen": dict(spec.chosen),
        "format": str(spec.format),
        "from": str(period.from_date),
        "officer": str(officer.pk) if officer else None,
        "personal": spec.personal,
        "time_zone": export.time_zone,
        "until": str(period.until_date),
        "version": description.version,
    }
    append_export_entry("export.made", export, by, details)
    return export


def check_export_spec(spec: ExportSpec, officer: StaffMember | None) -> None:
    description = DESCRIPTIONS[spec.dataset]
    rules.check_reason(spec.reason)
    rules.check_period(spec.period, clock.now())
    rules.check_format(spec.format, description.formats)
    rules.check_filters(spec.chosen, {filter.name: dict(filter.choices) for filter in description.filters})
    rules.check_personal(spec.personal, description.has_personal, officer)


@transaction.atomic
def approve_export(*, export: UUID, officer: StaffMember, by: Actor) -> Approval:
    """Approve the personal columns as a second officer.

    Raises NotComplianceOfficer, NoApprovalNeeded, NeedsSecondOfficer, Unknown.
    """
    rules.check_officer(officer)
    requested = get_or_refuse(Export.objects.filter(pk=export).select_related("approval"))
    if not requested.personal or hasattr(requested, "approval"):
        raise rules.NoApprovalNeeded
    rules.APPROVAL.check_may_decide(requested.made_by_id, officer.pk)
    approval = Approval.record(export_id=requested.id, approved_by=officer.user)
    append_export_entry("export.approved", requested, by, {"officer": str(officer.pk)})
    return approval


def append_export_entry(event: str, export: Export, by: Actor, details: dict[str, Any]) -> None:
    appending.append_entry(
        event=event, by=by, object_type="export", object=export.id, outcome=export.dataset, details=details
    )
