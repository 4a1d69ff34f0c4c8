"""An officer asks for records; another one agrees where they are personal. Nothing is read yet."""

from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.core.refusals import Unknown
from consents.exports import rules
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Approval, Export
from consents.exports.rules import Wanted
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import StaffMember


@transaction.atomic
def make(*, wanted: Wanted, officer: StaffMember | None, by: Actor) -> Export:
    """Put an export on record; `deliver` writes it once this is committed.

    Without an officer only the program itself may, and nothing personal: whoever runs its commands holds the database
    anyway. Raises MayNotExport, BadPeriod, TooEarly, NotYet, NoReason, NoSuchChoice, NothingPersonal, NeedsOfficers.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    check(wanted, officer)
    period, description = wanted.period, DESCRIPTIONS[wanted.dataset]
    export = Export.record(
        dataset=wanted.dataset,
        version=description.version,
        format=wanted.format,
        from_date=period.from_date,
        until_date=period.until_date,
        time_zone=period.zone.key,
        chosen=dict(wanted.chosen),
        personal=wanted.personal,
        reason=wanted.reason.strip(),
        made_by=officer.user if officer else None,
        filename=rules.file_name(wanted.dataset, period, wanted.format),
    )
    ledger.append(
        event="export.made",
        by=by,
        object_type="export",
        object=export.id,
        outcome=wanted.dataset,
        details={
            "chosen": dict(wanted.chosen),
            "format": str(wanted.format),
            "from": str(period.from_date),
            "officer": str(officer.pk) if officer else None,
            "personal": wanted.personal,
            "time_zone": export.time_zone,
            "until": str(period.until_date),
            "version": description.version,
        },
    )
    return export


def check(wanted: Wanted, officer: StaffMember | None) -> None:
    description = DESCRIPTIONS[wanted.dataset]
    rules.check_reason(wanted.reason)
    rules.check_period(wanted.period, clock.now())
    rules.check_chosen(wanted.chosen, {one.name: one.codes for one in description.filters})
    rules.check_personal(wanted.personal, description.has_personal, officer)


@transaction.atomic
def approve(*, export: UUID, officer: StaffMember, by: Actor) -> Approval:
    """A second officer agrees to the personal columns. Raises MayNotExport, OwnExport, NothingToAgreeTo, Unknown."""
    rules.check_officer(officer)
    row = Export.objects.filter(pk=export).select_related("approval").first()
    if row is None:
        raise Unknown
    if not row.personal or hasattr(row, "approval"):
        raise rules.NothingToAgreeTo
    if row.made_by_id == officer.pk:
        raise rules.OwnExport
    approval = Approval.record(export_id=row.id, approved_by=officer.user)
    ledger.append(
        event="export.approved",
        by=by,
        object_type="export",
        object=row.id,
        outcome=row.dataset,
        details={"officer": str(officer.pk)},
    )
    return approval
