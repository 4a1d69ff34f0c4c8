"""Rules of exports: periods, filters, and who may export what. Pure: no database, no clock, no settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.core.grouped_ids import FORMULA_LETTERS, SKIPPED, STARTS_FORMULA
from consents.core.refusals import NotPermitted, NotValid, Refusal, Unknown
from consents.people.models import Role, StaffMember
from consents.people.two_officers.refusals import Matter


class Dataset(TextChoices):
    REQUESTS = "requests", _("privacy requests")
    METRICS = "metrics", _("metrics of privacy requests")
    CONSENT_EVENTS = "consent_events", _("consent events")
    ACCESS_LOG = "access_log", _("access and disclosure log")
    PROCESSING = "processing", _("register of processing")
    CATALOGUE = "catalogue", _("changes of the catalogue")
    EXEMPTIONS = "exemptions", _("exemptions")
    TRAINING = "training", _("training register")
    REPORTS = "reports", _("reports of looks")
    ALERTS = "alerts", _("signs of a bypass")
    BLOCKS = "blocks", _("blocks")
    ASSENTS = "assents", _("yes of single holders")
    INSIGHTS = "insights", _("questions for statistics")
    ERASURES = "erasures", _("erasures")
    HOLDS = "holds", _("legal holds")
    STAFF_RIGHTS = "staff_rights", _("rights of staff")
    BREACHES = "breaches", _("data breaches")


class Format(TextChoices):
    CSV = "csv", _("CSV, for spreadsheets and databases")
    JSON_LINES = "jsonl", _("JSON Lines, for programs")
    XLSX = "xlsx", _("XLSX, for Excel and LibreOffice")
    PDF = "pdf", _("PDF, to read and to print")


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
    """Raise NotValid."""
    for name, value in chosen.items():
        if value not in offered.get(name, ()):
            raise NotValid(_("These records do not have this filter or value."))


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


# Cast what entries of the ledger hold, which nobody can take back: what is none of its kind is left out, so that no
# entry makes an export fail for ever.


def cast_if_valid(text: str, kind: str) -> str:
    """Spell, in SQL, the cast of a text that any entry may hold; NULL where it is none of this kind."""
    return f"CASE WHEN pg_input_is_valid({text}, '{kind}') THEN ({text})::{kind} END"


def cast_moment_if_valid(text: str) -> str:
    """Spell, in SQL, the cast of a text to a moment; NULL where it is none that every program reads: 'infinity'."""
    moment = cast_if_valid(text, "timestamptz")
    return f"CASE WHEN {moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z' THEN ({text})::timestamptz END"


_LINE_ENDS = r"\n\u000b\u000c\r\u0085\u2028\u2029"
_LINE_END = rf"(\r\n|[{_LINE_ENDS}])"
# A single line that begins with a letter or digit: nearly every cell, so the cheap test comes first.
_PLAIN = f"^[A-Za-z0-9][^{_LINE_ENDS}]*$"
_FORMULA = f"(?={SKIPPED}*{STARTS_FORMULA})"
# Excel splits at semicolons in locales that use them as list separators (German, Spanish, …), even inside our quotes,
# and people who import text may choose tabs. A piece that is only a number, such as a phone number, is left alone.
_PARTS = r";\t,"
_NUMBER = rf'[+\-][0-9 ()./\-]*["\]}}]*([{_PARTS}{_LINE_ENDS}]|$)'
_PIECE = rf'([{_PARTS}](?:"|{SKIPPED})*)(?!{_NUMBER})'
_ONE_PIECE = f"^[A-Za-z][^{_LINE_ENDS}{_PARTS}]*$"
# Text that a spreadsheet would turn into another number, a date or a time: 0012, 1E5, 12.50, 1/2, 10:30.
_CONVERTED = (
    "^ *(0[0-9]+|[0-9]{16,}|[0-9]+[.,][0-9]+|[0-9][0-9.,]*[eE][+-]?[0-9]+|[0-9]{1,4}([./:-][0-9]{1,4}){1,2}) *$"
)


def escape_formulas(text: str, *, in_pieces: bool = False) -> str:
    """Return SQL that puts a ' before each line of the SQL text expression `text` that could be read as a formula.

    `in_pieces` (for CSV): also before each piece between separators, in case a spreadsheet splits at the wrong one, and
    before text that would become another number or a date. A plain cell costs one comparison.
    """
    piece = rf"regexp_replace({text}, '{_PIECE}(?={STARTS_FORMULA})', '\1''', 'g')" if in_pieces else text
    start = f"({_FORMULA}|(?={_CONVERTED}))" if in_pieces else _FORMULA
    first = rf"regexp_replace({piece}, '^{start}', '''')"
    every = rf"regexp_replace({first}, '{_LINE_END}{_FORMULA}', '\1''', 'g')"
    return f"CASE WHEN {text} ~ '{_ONE_PIECE if in_pieces else _PLAIN}' THEN {text} ELSE {every} END"


def escape_json_formulas(text: str) -> str:
    """Return SQL that spells formula characters in the JSON expression `text` as \\u escapes."""
    every = text
    for code in (f"u{ord(letter):04x}" for letter in FORMULA_LETTERS):
        every = rf"regexp_replace({every}, '{_PIECE}\{code}', '\1\\{code}', 'g')"
    return f"CASE WHEN {text} ~ '{_PIECE}{STARTS_FORMULA}' THEN {every} ELSE {text} END"
