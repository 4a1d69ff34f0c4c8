"""Rules of exports: periods, filters, and who may export what. Pure: no database, no clock, no settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal, Unknown
from consents.exports.kinds import Dataset, Format
from consents.people.models import Role, StaffMember
from consents.people.two_officers.refusals import Matter

# How long a finished file and an approval are valid, how long a download link works, and how long after the end of a
# period everything that belongs to it has been committed.
RETENTION, LINK_LIFETIME, SETTLED_AFTER = timedelta(days=7), timedelta(hours=24), timedelta(minutes=5)
# Nothing on record is older, and time zone arithmetic has room before it.
FIRST_DAY = date(1970, 1, 1)


class HistoryReason(TextChoices):
    """Why an officer opens one customer's history."""

    COMPLAINT = "complaint", _("a complaint")
    AUTHORITY = "authority", _("a question from an authority")
    AUDIT = "audit", _("an internal audit")


class NotComplianceOfficer(NotPermitted):
    sentence = _("Only a compliance officer can export records.")


class UnknownFilter(NotValid):
    sentence = _("These records do not have this filter or value.")


class UnknownFormat(NotValid):
    sentence = _("These records are not offered in this format.")


class NoPersonalColumns(NotValid):
    sentence = _("These records have no personal columns.")


class OfficersRequired(NotPermitted):
    sentence = _("Personal columns need two officers. Export them in the admin.")


class SecondOfficerRequired(Refusal):
    sentence = _("This export has personal columns, so another compliance officer must approve it first.")


class ApprovalExpired(Refusal):
    status = 410
    sentence = _("The other officer’s approval was valid for a week and has expired. Request the same records again.")


class FreshSignInRequired(NotPermitted):
    sentence = _("This export has personal columns. Open its page, sign in again and download it there.")


APPROVAL = Matter(needs_second_officer=_("You requested this export, so another officer must approve it."))


class NoApprovalNeeded(Refusal):
    sentence = _("This export does not need approval.")


class BadPeriod(NotValid):
    sentence = _("Choose a last day that is not before the first day.")


class PeriodInFuture(BadPeriod):
    sentence = _("This period is in the future. It can end today at the latest.")


class PeriodTooEarly(BadPeriod):
    sentence = _("This period begins before 1970. Choose a later first day.")


class ReasonRequired(NotValid):
    sentence = _("Say what the export is for, in up to 200 characters.")


@dataclass(frozen=True)
class Period:
    """Whole days in one time zone, from `from_date` (included) until `until_date` (not included)."""

    from_date: date
    until_date: date
    zone: ZoneInfo

    @classmethod
    def of_days(cls, first: date, last: date, zone: ZoneInfo) -> Self:
        """Return the period of these days, both included."""
        return cls(first, last + timedelta(days=1) if last < date.max else last, zone)

    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first moment and the moment after the last."""
        first, last = (datetime.combine(day, time.min, self.zone) for day in (self.from_date, self.until_date))
        return first, last

    def is_settled(self, now: datetime) -> bool:
        """Return true once the period is complete: later exports differ only in rows that say that they changed."""
        return self.bounds()[1] + SETTLED_AFTER <= now


@dataclass(frozen=True)
class ExportSpec:
    """Say what to export. `reason`: an officer's words, without names.

    `chosen`: codes by filter name. `personal`: whether to fill personal columns.
    """

    dataset: Dataset
    period: Period
    reason: str
    format: Format = Format.CSV
    chosen: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False


def get_last_month(now: datetime, zone: ZoneInfo) -> Period:
    """Return the calendar month before the current one."""
    this_month = now.astimezone(zone).date().replace(day=1)
    return Period((this_month - timedelta(days=1)).replace(day=1), this_month, zone)


def get_last_year(now: datetime, zone: ZoneInfo) -> Period:
    """Return the calendar year before the current one."""
    this_year = now.astimezone(zone).date().replace(month=1, day=1)
    return Period(this_year.replace(year=this_year.year - 1), this_year, zone)


def check_period(period: Period, now: datetime) -> None:
    """Raise BadPeriod, PeriodTooEarly or PeriodInFuture. Today is the latest day allowed."""
    if period.until_date <= period.from_date:
        raise BadPeriod
    if period.from_date < FIRST_DAY:
        raise PeriodTooEarly
    if period.until_date > now.astimezone(period.zone).date() + timedelta(days=1):
        raise PeriodInFuture


def check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= 200:
        raise ReasonRequired


def check_filters(chosen: Mapping[str, str], offered: Mapping[str, Collection[str]]) -> None:
    """Raise UnknownFilter."""
    for name, value in chosen.items():
        if value not in offered.get(name, ()):
            raise UnknownFilter


def check_format(format: Format, offered: Collection[Format]) -> None:
    """Raise UnknownFormat."""
    if format not in offered:
        raise UnknownFormat


def check_personal(personal: bool, has_personal: bool, officer: StaffMember | None) -> None:
    """Raise NoPersonalColumns, OfficersRequired."""
    if personal and not has_personal:
        raise NoPersonalColumns
    if personal and officer is None:
        raise OfficersRequired


def check_approval(personal: bool, agreed_at: datetime | None, now: datetime) -> None:
    """Raise SecondOfficerRequired, ApprovalExpired."""
    if personal and agreed_at is None:
        raise SecondOfficerRequired
    if personal and agreed_at is not None and agreed_at + RETENTION <= now:
        raise ApprovalExpired


def check_requester(made_by: UUID | None, officer: UUID | None) -> None:
    """Raise Unknown unless this officer requested the export."""
    if made_by != officer:
        raise Unknown


def check_officer(member: StaffMember | None) -> None:
    """Raise NotComplianceOfficer unless this is a compliance officer who has not left."""
    if member is None or member.role != Role.COMPLIANCE_OFFICER or member.ended_at is not None:
        raise NotComplianceOfficer


def build_file_name(dataset: Dataset, period: Period, format: Format) -> str:
    """Return a file name of dataset, first and last day only: nothing that a person typed reaches an HTTP header."""
    return f"{dataset.replace('_', '-')}_{period.from_date}_{period.until_date - timedelta(days=1)}.{format}"
