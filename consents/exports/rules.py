"""Periods of days, and who may take records out. Pure: no database, no clock, no settings."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.people.models import Role, StaffMember


class Dataset(StrEnum):
    ACCESS_LOG = "access_log"


class Format(StrEnum):
    CSV = "csv"


class Why(StrEnum):
    """Why an officer looks one customer's history over."""

    COMPLAINT = "complaint"
    AUTHORITY = "authority"
    AUDIT = "audit"


class MayNotExport(Refusal):
    status = 403
    sentence = _("Only a compliance officer may export records.")


class BadPeriod(Refusal):
    status = 422
    sentence = _("Choose a last day that is after the first day.")


class NotYet(BadPeriod):
    sentence = _("This period lies in the future. It may reach up to today.")


class NoReason(Refusal):
    status = 422
    sentence = _("Say what the export is for, in up to 200 letters.")


@dataclass(frozen=True)
class Period:
    """Whole days in one time zone; `from_date` is in it, `until_date` is not."""

    from_date: date
    until_date: date
    zone: ZoneInfo

    def bounds(self) -> tuple[datetime, datetime]:
        """The two midnights, half-open like the days."""
        first, last = (datetime.combine(day, time.min, self.zone) for day in (self.from_date, self.until_date))
        return first, last


def last_month(now: datetime, zone: ZoneInfo) -> Period:
    """The calendar month before the one `now` falls in."""
    this_month = now.astimezone(zone).date().replace(day=1)
    return Period((this_month - timedelta(days=1)).replace(day=1), this_month, zone)


def check_period(period: Period, now: datetime) -> None:
    """Raises BadPeriod or NotYet. Today is the last day that can be asked for."""
    if period.until_date <= period.from_date:
        raise BadPeriod
    if period.until_date > now.astimezone(period.zone).date() + timedelta(days=1):
        raise NotYet


def check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= 200:
        raise NoReason


def check_officer(member: StaffMember | None) -> None:
    """Raises MayNotExport unless this is a live compliance officer."""
    if member is None or member.role != Role.COMPLIANCE_OFFICER or member.ended_at is not None:
        raise MayNotExport


def file_name(dataset: Dataset, period: Period, format: Format) -> str:
    """Fixed by dataset and days alone: nothing typed by a person reaches a header."""
    return f"{dataset.replace('_', '-')}_{period.from_date}_{period.until_date}.{format}"
