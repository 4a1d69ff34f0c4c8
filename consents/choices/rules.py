"""The states of a choice, which may follow which, and how long a no bars asking again. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.law.kinds import CALIFORNIA


class Status(models.TextChoices):
    """Every consent status of DPV 2.3. UNKNOWN is never stored: it is a choice not made."""

    UNKNOWN = "ConsentUnknown", _("not answered")
    REQUESTED = "ConsentRequested", _("asked")
    DEFERRED = "ConsentRequestDeferred", _("not now")
    REFUSED = "ConsentRefused", _("refused")
    GIVEN = "ConsentGiven", _("given")
    RENEWED = "RenewedConsentGiven", _("renewed")
    WITHDRAWN = "ConsentWithdrawn", _("withdrawn")
    REVOKED = "ConsentRevoked", _("ended by the company")
    EXPIRED = "ConsentExpired", _("expired")
    INVALIDATED = "ConsentInvalidated", _("found invalid")


STORED = [status for status in Status if status != Status.UNKNOWN]
# ConsentStatusValidForProcessing; every other status is a no.
YES = frozenset({Status.GIVEN, Status.RENEWED})
# The customer's own no, in force until they change it.
NO = frozenset({Status.REFUSED, Status.WITHDRAWN})
# A yes to any of these, to a text that means the same, is a renewal.
RENEWABLE = YES | {Status.EXPIRED}
# A yes that someone or something else has ended: the customer is asked again.
LAPSED = frozenset({Status.EXPIRED, Status.REVOKED, Status.INVALIDATED})

NEXT_STATUSES: dict[Status, frozenset[Status]] = {
    Status.UNKNOWN: frozenset({Status.REQUESTED}),
    Status.REQUESTED: frozenset({Status.GIVEN, Status.REFUSED, Status.DEFERRED}),
    Status.DEFERRED: frozenset({Status.REQUESTED, Status.GIVEN, Status.REFUSED}),
    Status.REFUSED: frozenset({Status.REQUESTED, Status.GIVEN}),
    Status.GIVEN: frozenset({Status.WITHDRAWN, Status.EXPIRED, Status.REVOKED, Status.INVALIDATED, Status.RENEWED}),
    Status.RENEWED: frozenset({Status.WITHDRAWN, Status.EXPIRED, Status.REVOKED, Status.INVALIDATED, Status.RENEWED}),
    Status.WITHDRAWN: frozenset({Status.REQUESTED, Status.GIVEN}),
    Status.REVOKED: frozenset({Status.REQUESTED}),
    Status.EXPIRED: frozenset({Status.REQUESTED, Status.RENEWED}),
    Status.INVALIDATED: frozenset({Status.REQUESTED}),
}

EVENTS = {
    Status.REQUESTED: "consent.requested",
    Status.DEFERRED: "consent.deferred",
    Status.REFUSED: "consent.refused",
    Status.GIVEN: "consent.given",
    Status.RENEWED: "consent.renewed",
    Status.WITHDRAWN: "consent.withdrawn",
    Status.REVOKED: "consent.revoked",
    Status.EXPIRED: "consent.expired",
    Status.INVALIDATED: "consent.invalidated",
}

# After these the answer to a system may be another one; that the customer is asked, or answers later, changes none.
TOLD_TO_SYSTEMS = frozenset(EVENTS) - {Status.REQUESTED, Status.DEFERRED}


def may_follow(before: Status, after: Status) -> bool:
    """Tell whether the table allows the move, in one step or by the page that asks and is answered at once.

    That page is the request itself, and leaves no entry of its own: DPV's Requested lies between unseen.
    """
    at_once = Status.REQUESTED in NEXT_STATUSES[before] and after in NEXT_STATUSES[Status.REQUESTED]
    return after in NEXT_STATUSES[before] or at_once


class StoredChoice(NamedTuple):
    """A choice as stored: its status, the number of its version, until when a yes counts."""

    status: Status
    number: int
    valid_until: datetime | None = None


def compute_status(stored: StoredChoice, *, material: int, is_retired: bool = False, now: datetime) -> Status:
    """Compute the status at `now`: a stored yes ends by time, by a material change, with its purpose.

    `material`: number of the newest published material version.
    """
    if stored.status not in YES:
        return stored.status
    if is_retired or stored.number < material:
        return Status.REVOKED
    return Status.EXPIRED if stored.valid_until is not None and stored.valid_until <= now else stored.status


class Lapse(NamedTuple):
    """The end of a stored yes: when, its status, and its method in the ledger."""

    at: datetime
    status: Status
    method: str


def find_lapse(
    status: Status,
    *,
    retired_at: datetime | None,
    changed_at: datetime | None,
    valid_until: datetime | None,
    now: datetime,
) -> Lapse | None:
    """Find what ended a stored yes first: its purpose, its text, or time; None while it is in force."""
    if status not in YES:
        return None
    ends = [
        (retired_at, Status.REVOKED, RETIRED),
        (changed_at, Status.REVOKED, TEXT_CHANGED),
        (valid_until, Status.EXPIRED, TIME_OVER),
    ]
    over = [Lapse(at, end, method) for at, end, method in ends if at is not None and at <= now]
    return min(over, default=None)


def compute_valid_until(now: datetime, months: int | None) -> datetime | None:
    return now + relativedelta(months=months) if months else None


def needs_second_step(*, explicit: bool, sale: bool, status: Status) -> bool:
    """Require a second step for explicit consent (GDPR Art 9) and for opting in to sale again (CCR 7028(a))."""
    return explicit or (sale and status in NO)


class RestRule(models.TextChoices):
    """The rule by which no one may ask again for a while after a no; the customer may change it at any time."""

    CALIFORNIA = "ccpa-12-months", _("12 months after an opt-out of sale or sharing")  # Civ 1798.135(c)(4)
    REFUSAL = "refusal-6-months", _("6 months after a no")  # CNIL, Garante, ICO: about 6 months


RESTS = {RestRule.CALIFORNIA: relativedelta(months=12), RestRule.REFUSAL: relativedelta(months=6)}


def compute_rest(now: datetime, *, sale: bool, country: str, region: str) -> tuple[datetime, RestRule]:
    """Compute until when no one may ask again, and why; an unknown address counts as Californian, the longer period."""
    in_california = country in ("", "US") and region.strip().upper() in {"", *CALIFORNIA}
    rule = RestRule.CALIFORNIA if sale and in_california else RestRule.REFUSAL
    return now + RESTS[rule], rule


# Methods of a no to sale and sharing, as the ledger names them.
SIGNAL, OPT_OUT_PAGE, BUTTON = "Sec-GPC", "opt-out page", "portal button"
# Methods that end a yes without the customer, likewise.
RETIRED, TEXT_CHANGED, TIME_OVER, ERASED = "purpose retired", "text changed", "time over", "customer erased"
AUTHORITY = "authority"
# The email that tells the customer of it.
EMAIL_KINDS = {
    RETIRED: "choice_retired",
    TEXT_CHANGED: "choice_outdated",
    TIME_OVER: "choice_expired",
    AUTHORITY: "choice_invalidated",
}


def has_opt_out_signal(header: str) -> bool:
    """Read `Sec-GPC`: only an exact 1 has meaning; of several headers one suffices."""
    return any(value.strip() == "1" for value in header.split(","))


def is_ended_by_signal(status: Status, *, despite_signal: bool) -> bool:
    """Tell whether the browser's opt-out signal ends or prevents this choice.

    A yes given while the signal was displayed as honoured overrides it."""
    return status not in NO and not (status in YES and despite_signal)


@dataclass(frozen=True)
class ActContext:
    """The circumstances of an act, for its entry: by what means, in which language, as whose representative.

    `signal`: the browser asked for no sale or sharing at that moment. `page`: version of the page shown. `channel` and
    `submitted_by`: how it reached us and from whom, where that was not the customer on their own pages; `recorded_by`:
    who on the staff put it on record.
    """

    method: str = BUTTON
    language: str = ""
    capacity: str = "self"
    signal: bool = False
    page: str = ""
    channel: str = ""
    submitted_by: str = ""
    recorded_by: str = ""


class MarkKind(models.TextChoices):
    RESTRICTION = "restriction", _("use paused")
    OBJECTION = "objection", _("objected to")
    LIMIT = "limit", _("sensitive data limited")


def is_mark_about(kind: MarkKind, about: int | None, purpose: int, *, may_be_objected_to: bool) -> bool:
    """Tell whether a mark covers the use for a purpose. `about`: the purpose it names; an objection that names none
    covers every purpose that may be objected to (GDPR Art 21(1)), as in choices/sql/marks.sql."""
    if about is not None:
        return about == purpose
    return kind != MarkKind.OBJECTION or may_be_objected_to


class Marks(NamedTuple):
    """The marks in force against one use of a customer's data."""

    restricted: bool = False
    objected: bool = False
    limited: bool = False

    @property
    def stops_everything(self) -> bool:
        """Tell whether the marks close all data to everyone, grants included."""
        return self.restricted or self.objected
