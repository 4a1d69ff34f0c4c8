"""Yes or no from the facts. Pure: no database, no clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consents.access.rules import GrantEnd, Ground
from consents.catalogue.models import LegalBasis
from consents.choices.rules import NO, YES, Marks, Status, StoredChoice, compute_status
from consents.vault.rules import Remainder


class DecisionCode(StrEnum):
    """Stable codes of a decision; pages have a sentence for each."""

    GRANTED = "granted"
    CONSENTED = "consented"
    OTHER_BASIS = "other_basis"
    NO_GRANT = "no_grant"
    NOT_STAFF = "not_staff"
    NOT_TRAINED = "not_trained"
    NOT_FOR_TEAM = "not_for_team"
    TIME_OVER = "time_over"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    ENDED_BY_COMPANY = "ended_by_company"
    NO_CONSENT = "no_consent"
    OUTDATED_TEXT = "outdated_text"
    CONSENT_EXPIRED = "consent_expired"
    OPTED_OUT = "opted_out"
    NO_SUCH_PURPOSE = "no_such_purpose"
    NOT_IN_PURPOSE = "not_in_purpose"
    NO_SUCH_CUSTOMER = "no_such_customer"
    ERASED = "erased"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    BLOCKED = "blocked"
    LIMITED = "limited"
    DELETED = "deleted"
    KEPT_BY_LAW = "kept_by_law"


@dataclass(frozen=True)
class Decision:
    """Tell whether it is allowed, why, and for a yes until when (None: until it is taken back)."""

    allowed: bool
    why: DecisionCode
    until: datetime | None = None


CODE_OF_END = {
    GrantEnd.TIME: DecisionCode.TIME_OVER,
    GrantEnd.STOPPED: DecisionCode.STOPPED,
    GrantEnd.WITHDRAWN: DecisionCode.WITHDRAWN,
    GrantEnd.COMPANY: DecisionCode.ENDED_BY_COMPANY,
}


@dataclass(frozen=True)
class GrantFacts:
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    end: str
    ground: str = Ground.ANSWER

    @property
    def passes_refusals(self) -> bool:
        """Let only a legal duty pass where the customer has paused, objected to, or blocked who looks.

        The one place for a rule that a customer's no has to hold even in an emergency; the policy of the vault says
        the same.
        """
        return self.ground == Ground.LEGAL_DUTY


CODE_OF_LEFT = {Remainder.KEPT: DecisionCode.KEPT_BY_LAW, Remainder.NOTHING: DecisionCode.DELETED}


def find_mark_code(marks: Marks) -> DecisionCode | None:
    """Return the code of the mark that forbids any use, or None."""
    if marks.restricted:
        return DecisionCode.RESTRICTED
    return DecisionCode.OBJECTED if marks.objected else None


def decide_for_staff(
    *,
    is_staff: bool,
    is_trained: bool,
    grant: GrantFacts | None,
    marks: Marks,
    now: datetime,
    left: Remainder = Remainder.ALL,
    is_blocked: bool = False,
    is_for_team: bool = True,
) -> Decision:
    """Decide a look by staff: a live grant covers member, customer, category and purpose, neither a block of the
    customer nor a restriction or objection stands, and no partial erasure deleted this category or keeps it for legal
    reasons only. A limit leaves what the customer allows this member after it. A legal duty passes all of these but
    deletion.

    An end that is recorded is final, whatever the clock says. A training that lapsed ends the next look, not the grant;
    so does a purpose that no longer lists the member's team, where the grant rests on an answer.
    """
    if not is_staff:
        return Decision(False, DecisionCode.NOT_STAFF)
    if grant is None or now < grant.starts_at:
        return Decision(False, DecisionCode.NO_GRANT)
    if not grant.passes_refusals and is_blocked:
        return Decision(False, DecisionCode.BLOCKED)
    if not grant.passes_refusals and (marked := find_mark_code(marks)):
        return Decision(False, marked)
    if left in CODE_OF_LEFT and not (grant.passes_refusals and left == Remainder.KEPT):
        return Decision(False, CODE_OF_LEFT[left])
    if grant.ended_at is not None:
        return Decision(False, CODE_OF_END[GrantEnd(grant.end)])
    if now >= grant.ends_at:
        return Decision(False, DecisionCode.TIME_OVER)
    if not is_trained:
        return Decision(False, DecisionCode.NOT_TRAINED)
    if not is_for_team and grant.ground == Ground.ANSWER:
        return Decision(False, DecisionCode.NOT_FOR_TEAM)
    return Decision(True, DecisionCode.GRANTED, grant.ends_at)


@dataclass(frozen=True)
class PurposeFacts:
    """The version in force: its basis, whether it has the category in question and whether that is sensitive, and the
    newest material version's number."""

    legal_basis: str
    has_category: bool
    is_sensitive: bool
    material_number: int


def decide_for_system(
    *,
    purpose: PurposeFacts | None,
    said: StoredChoice | None,
    marks: Marks,
    now: datetime,
    left: Remainder,
) -> Decision:
    """Decide a use by a system: consent is given, unexpired, under the material version in force and covers the
    category, or the purpose rests on another published legal basis without a no of the customer; and no mark stands.
    Data kept after a partial erasure serves a legal obligation only. `said`: the customer's last choice about it."""
    if purpose is None:
        return Decision(False, DecisionCode.NO_SUCH_PURPOSE)
    if not purpose.has_category:
        return Decision(False, DecisionCode.NOT_IN_PURPOSE)
    if marked := find_mark_code(marks):
        return Decision(False, marked)
    if left == Remainder.NOTHING or (left == Remainder.KEPT and purpose.legal_basis != LegalBasis.LEGAL_OBLIGATION):
        return Decision(False, CODE_OF_LEFT[left])
    if marks.limited and purpose.is_sensitive:
        return Decision(False, DecisionCode.LIMITED)
    if purpose.legal_basis != LegalBasis.CONSENT:
        opted_out = said is not None and said.status in NO
        return Decision(False, DecisionCode.OPTED_OUT) if opted_out else Decision(True, DecisionCode.OTHER_BASIS)
    status = compute_status(said, material=purpose.material_number, now=now) if said else Status.UNKNOWN
    if said and status in YES:
        return Decision(True, DecisionCode.CONSENTED, said.valid_until)
    # The same reason before and after a job has put the end on record.
    ended = {Status.REVOKED: DecisionCode.OUTDATED_TEXT, Status.EXPIRED: DecisionCode.CONSENT_EXPIRED}
    return Decision(False, ended.get(status, DecisionCode.NO_CONSENT))
