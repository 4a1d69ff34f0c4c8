"""Periods of days, and who may take which records out. Pure: no database, no clock, no settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal, Unknown
from consents.exports.kinds import Dataset, Format
from consents.people.models import Role, StaffMember

# How long a finished file is kept for its officer and an agreement holds, how long a link to it works, and how long
# after the end of a period all that belongs to it has been committed.
KEPT, LINK_LASTS, SETTLED_AFTER = timedelta(days=7), timedelta(hours=24), timedelta(minutes=5)
# Nothing on record is older; what reckons with zones has room before it.
FIRST_DAY = date(1970, 1, 1)


class Why(StrEnum):
    """Why an officer looks one customer's history over."""

    COMPLAINT = "complaint"
    AUTHORITY = "authority"
    AUDIT = "audit"


class MayNotExport(Refusal):
    status = 403
    sentence = _("Only a compliance officer may export records.")


class NoSuchChoice(Refusal):
    status = 422
    sentence = _("These records cannot be narrowed in this way.")


class NothingPersonal(Refusal):
    status = 422
    sentence = _("These records have no personal columns.")


class NeedsOfficers(Refusal):
    status = 403
    sentence = _("Personal columns are taken out by two officers, in the admin.")


class NeedsSecondOfficer(Refusal):
    sentence = _("It has personal columns: another compliance officer must agree first.")


class AgreementIsOver(Refusal):
    status = 410
    sentence = _("The other officer’s agreement held for a week and is over. Ask for the same records again.")


class SignInAgain(Refusal):
    status = 403
    sentence = _("It has personal columns: open the export’s page, sign in again and take it from there.")


class OwnExport(Refusal):
    status = 403
    sentence = _("Another officer than the one who asked for it must agree.")


class NothingToAgreeTo(Refusal):
    sentence = _("Nobody needs to agree to this export.")


class BadPeriod(Refusal):
    status = 422
    sentence = _("Choose a last day that is after the first day.")


class NotYet(BadPeriod):
    sentence = _("This period lies in the future. It may reach up to today.")


class TooEarly(BadPeriod):
    sentence = _("This period begins before 1970. Choose a later first day.")


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

    def is_settled(self, now: datetime) -> bool:
        """Nothing more comes into it: taken again later it is the same, but for rows that say that they changed."""
        return self.bounds()[1] + SETTLED_AFTER <= now


@dataclass(frozen=True)
class Wanted:
    """Which records of which days, and what for (an officer's words, without names).

    `chosen`: filters of the dataset by name. `personal`: with the columns that are left empty otherwise.
    """

    dataset: Dataset
    period: Period
    reason: str
    format: Format = Format.CSV
    chosen: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False


def last_month(now: datetime, zone: ZoneInfo) -> Period:
    """The calendar month before the one `now` falls in."""
    this_month = now.astimezone(zone).date().replace(day=1)
    return Period((this_month - timedelta(days=1)).replace(day=1), this_month, zone)


def last_year(now: datetime, zone: ZoneInfo) -> Period:
    """The calendar year before the one `now` falls in."""
    this_year = now.astimezone(zone).date().replace(month=1, day=1)
    return Period(this_year.replace(year=this_year.year - 1), this_year, zone)


def check_period(period: Period, now: datetime) -> None:
    """Raises BadPeriod, TooEarly or NotYet. Today is the last day that can be asked for."""
    if period.until_date <= period.from_date:
        raise BadPeriod
    if period.from_date < FIRST_DAY:
        raise TooEarly
    if period.until_date > now.astimezone(period.zone).date() + timedelta(days=1):
        raise NotYet


def check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= 200:
        raise NoReason


def check_chosen(chosen: Mapping[str, str], offered: Mapping[str, Collection[str]]) -> None:
    """Raises NoSuchChoice."""
    for name, value in chosen.items():
        if value not in offered.get(name, ()):
            raise NoSuchChoice


def check_personal(personal: bool, has_personal: bool, officer: StaffMember | None) -> None:
    """Raises NothingPersonal, NeedsOfficers."""
    if personal and not has_personal:
        raise NothingPersonal
    if personal and officer is None:
        raise NeedsOfficers


def check_agreed(personal: bool, agreed_at: datetime | None, now: datetime) -> None:
    """Raises NeedsSecondOfficer, AgreementIsOver."""
    if personal and agreed_at is None:
        raise NeedsSecondOfficer
    if personal and agreed_at is not None and agreed_at + KEPT <= now:
        raise AgreementIsOver


def check_own(made_by: UUID | None, officer: UUID | None) -> None:
    """Whoever asked for it takes it. Raises Unknown: another's export has no file for me."""
    if made_by != officer:
        raise Unknown


def check_officer(member: StaffMember | None) -> None:
    """Raises MayNotExport unless this is a live compliance officer."""
    if member is None or member.role != Role.COMPLIANCE_OFFICER or member.ended_at is not None:
        raise MayNotExport


def file_name(dataset: Dataset, period: Period, format: Format) -> str:
    """Fixed by dataset and days alone: nothing typed by a person reaches a header."""
    return f"{dataset.replace('_', '-')}_{period.from_date}_{period.until_date}.{format}"
