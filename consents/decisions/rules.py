"""Yes or no from the facts. Pure: no database, no clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consents.access.rules import End
from consents.catalogue.models import LegalBasis
from consents.choices.rules import NO, YES, Marks, Said, Status, status_at
from consents.vault.rules import Left


class Why(StrEnum):
    """Codes, stable; pages have a sentence for each."""

    GRANTED = "granted"
    CONSENTED = "consented"
    OTHER_BASIS = "other_basis"
    NO_GRANT = "no_grant"
    NOT_STAFF = "not_staff"
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
    ERASED = "erased"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    LIMITED = "limited"
    DELETED = "deleted"
    KEPT_BY_LAW = "kept_by_law"


@dataclass(frozen=True)
class Decision:
    """allowed or not, why, and for a yes until when (None: until it is taken back)."""

    allowed: bool
    why: Why
    until: datetime | None = None


WHY_ENDED = {
    End.TIME: Why.TIME_OVER,
    End.STOPPED: Why.STOPPED,
    End.WITHDRAWN: Why.WITHDRAWN,
    End.COMPANY: Why.ENDED_BY_COMPANY,
}


@dataclass(frozen=True)
class GrantFacts:
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    end: str


WHY_LEFT = {Left.KEPT: Why.KEPT_BY_LAW, Left.NOTHING: Why.DELETED}


def why_marked(marks: Marks) -> Why | None:
    """What a mark answers, whatever was allowed; None where nothing is marked."""
    if marks.restricted:
        return Why.RESTRICTED
    return Why.OBJECTED if marks.objected else None


def decide_for_staff(
    *, is_staff: bool, grant: GrantFacts | None, marks: Marks, now: datetime, left: Left = Left.ALL
) -> Decision:
    """A staff member may look iff a live grant covers member, customer, category and purpose, neither restriction nor
    objection stands, and no erasure of part took this kind of data or left it to the law alone. A limit leaves what the
    customer allows this member after it.

    An end that is recorded is final, whatever the clock says.
    """
    if not is_staff:
        return Decision(False, Why.NOT_STAFF)
    if grant is None or now < grant.starts_at:
        return Decision(False, Why.NO_GRANT)
    if marked := why_marked(marks):
        return Decision(False, marked)
    if left in WHY_LEFT:
        return Decision(False, WHY_LEFT[left])
    if grant.ended_at is not None:
        return Decision(False, WHY_ENDED[End(grant.end)])
    if now >= grant.ends_at:
        return Decision(False, Why.TIME_OVER)
    return Decision(True, Why.GRANTED, grant.ends_at)


@dataclass(frozen=True)
class PurposeFacts:
    """The version in force: its basis, its category codes, those of sensitive data, and the newest material version's
    number."""

    legal_basis: str
    categories: frozenset[str]
    sensitive: frozenset[str]
    material_number: int


def decide_for_system(
    *,
    purpose: PurposeFacts | None,
    category: str,
    said: Said | None,
    marks: Marks,
    now: datetime,
    left: Left = Left.ALL,
) -> Decision:
    """A system may use data iff consent is given, unexpired, under the material version in force and covers the
    category, or the purpose rests on another published legal basis and the customer has not said no to it; and no mark
    stands. What an erasure of part left to the law serves a legal obligation and nothing else. `said`: what the
    customer last said to the purpose."""
    if purpose is None:
        return Decision(False, Why.NO_SUCH_PURPOSE)
    if category not in purpose.categories:
        return Decision(False, Why.NOT_IN_PURPOSE)
    if marked := why_marked(marks):
        return Decision(False, marked)
    if left == Left.NOTHING or (left == Left.KEPT and purpose.legal_basis != LegalBasis.LEGAL_OBLIGATION):
        return Decision(False, WHY_LEFT[left])
    if marks.limited and category in purpose.sensitive:
        return Decision(False, Why.LIMITED)
    if purpose.legal_basis != LegalBasis.CONSENT:
        opted_out = said is not None and said.status in NO
        return Decision(False, Why.OPTED_OUT) if opted_out else Decision(True, Why.OTHER_BASIS)
    if said is None or said.status not in YES:
        return Decision(False, Why.NO_CONSENT)
    ended = {Status.REVOKED: Why.OUTDATED_TEXT, Status.EXPIRED: Why.CONSENT_EXPIRED}
    status = status_at(said, material=purpose.material_number, now=now)
    return Decision(False, ended[status]) if status in ended else Decision(True, Why.CONSENTED, said.valid_until)
