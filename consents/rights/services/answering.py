"""The end of a request: answered or refused, once."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from consents.catalogue.rules import PROVISION
from consents.choices import selectors as choices
from consents.choices.rules import YES
from consents.core import clock
from consents.ledger.rules import Actor, moment
from consents.people import services as people
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.models import RightsRequest, Words
from consents.rights.rules import answers
from consents.rights.rules.answers import Format, Outcome, Reason, State, retain_until
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import Level, Regime, Type
from consents.rights.services import at_once, objecting
from consents.rights.services.recording import held_open, kind, take, tell, zone
from consents.rights.services.refusals import (
    CannotRefuse,
    IdentityFirst,
    IsWaiting,
    KindsAlone,
    NeedsLaw,
    NoFee,
    NotAllowedAgain,
    NotCorrected,
    NotErased,
    SearchFirst,
)
from consents.rights.services.telling import check_told, told_in_words, write_to
from consents.rights.signals import rights_request_answered
from consents.vault import selectors as parts_of
from consents.vault import services as vault


@dataclass(frozen=True)
class Reply:
    """What the person is told, and how it reaches them. `reason` and `law` of what is refused, whole or in part.

    Without `law`, that on which such a refusal usually rests. `fee` is zero but for requests without ground or measure,
    which `fee_reason` says.
    `told_on`: of a refusal, the day of the letter or call, where no mail reaches them. `granted`: of an objection
    granted in part, the codes of the uses that stop.
    """

    outcome: Outcome
    format: Format
    text: str = ""
    reason: Reason | None = None
    law: str = ""
    fee: Decimal = Decimal(0)
    currency: str = ""
    fee_reason: Reason | None = None
    told_on: date | None = None
    granted: tuple[str, ...] = ()


@transaction.atomic
def answer(*, request: UUID, reply: Reply, officer: StaffMember, by: Actor) -> RightsRequest:
    """The one answer, final; of two officers at once the first one's counts.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IsWaiting, IdentityFirst, SearchFirst, NotErased,
    NotCorrected, NotAllowedAgain, CannotRefuse, SayWhichUses, NeedsLaw, NobodyToWriteTo, BadDayOfTelling, NoFee,
    KindsAlone.
    """
    row, now = held_open(request, officer), clock.now()
    check(row, reply)
    take(row, officer)
    close(row, reply.outcome, now)
    row.response_format = reply.format
    row.granted = sorted(reply.granted)
    row.fee_amount, row.fee_currency = reply.fee.quantize(CENT), reply.currency
    row.fee_reason = reply.fee_reason or ""
    if reply.reason:
        refuse_with(row, reply.reason, reply.law)
    if reply.reason or reply.fee:
        check_told(row, reply.told_on, now)
    row.save(update_fields=[*CLOSING, *REFUSING, *REPLYING])
    words.put(row, Words.Kind.ANSWERED, {"text": reply.text.strip()})
    tell(
        row,
        "answered",
        by,
        row.outcome,
        answered_at=moment(now),
        format=str(row.response_format),
        reason=str(row.denial_reason),
        is_late=row.is_late_at(now),
        **({"granted": row.granted} if row.granted else {}),
        **({"fee": f"{row.fee_amount} {row.fee_currency}", "fee_reason": row.fee_reason} if row.fee_amount else {}),
        **(told_in_words(row, reply.told_on) if reply.reason or reply.fee else {}),
    )
    take_effect(row, by)
    drop_erasure(row, by)
    write_to(row, "answered")
    rights_request_answered.send(sender=RightsRequest, request=row, by=by)
    return row


def take_effect(row: RightsRequest, by: Actor) -> None:
    """What the answer grants holds; the end of what it refuses is announced."""
    if row.outcome == Outcome.DENIED:
        at_once.announce_end(row, by)
    elif row.granted:
        objecting.grant_in_part(row, by)
    elif row.outcome != Outcome.NO_DATA:
        at_once.protect(row, by)


def drop_erasure(row: RightsRequest, by: Actor) -> None:
    """It was not answered by being erased: what was proposed to that end must not be confirmed any more."""
    if row.request_type in answers.ERASURES and row.customer_id:
        people.drop_erasure(customer=row.customer_id, by=by)
        vault.drop_parts(customer=row.customer_id, request=row.pk, by=by)


CLOSING = ["state", "outcome", "responded_at", "retain_until"]
REPLYING = ["response_format", "granted", "fee_amount", "fee_currency", "fee_reason", "handler"]
REFUSING = ["denial_reason", "denial_metric_group", "denial_legal_basis", "remedies_told"]


def check(row: RightsRequest, reply: Reply) -> None:
    if row.waiting_since:
        raise IsWaiting
    if (reply.outcome in NEED_REASON) != (reply.reason is not None) or reply.outcome == Outcome.WITHDRAWN:
        raise CannotRefuse
    if reply.reason and reply.reason not in reasons_of(row, is_whole=reply.outcome == Outcome.DENIED):
        raise CannotRefuse
    objecting.check_granted(row, reply.outcome, reply.granted)
    if not is_identified(row) and not may_be_said_to_anybody(row, reply):
        raise IdentityFirst
    if reply.outcome != Outcome.DENIED and kind(row).searches and not row.searches.exists():
        raise SearchFirst
    if row.gets_kinds_instead:
        check_kinds_alone(reply)
    check_fee(row, reply)
    check_done(row, reply)


def check_kinds_alone(reply: Reply) -> None:
    """Of specific pieces, for somebody not known surely enough to get them."""
    if reply.outcome == Outcome.COMPLIED_WHOLE:
        raise KindsAlone


CENT = Decimal("0.01")


def check_fee(row: RightsRequest, reply: Reply) -> None:
    """Nothing, but where the law allows it, in so many words."""
    if not reply.fee and not reply.currency and reply.fee_reason is None:
        return
    is_money = reply.fee > 0 and reply.fee == reply.fee.quantize(CENT) and re.fullmatch("[A-Z]{3}", reply.currency)
    is_said = is_money and reply.fee_reason in answers.FEE_REASONS
    if not is_said or reply.outcome not in answers.GRANTED or not answers.takes_fee(Type(row.request_type)):
        raise NoFee


def check_done(row: RightsRequest, reply: Reply) -> None:
    """Nothing is called done that was not: erased by the erasure itself, corrected value by value, a sale allowed by
    the customer."""
    outcome = reply.outcome
    if outcome in answers.GRANTED and row.request_type == Type.OPT_IN and not has_allowed_sale(row):
        raise NotAllowedAgain
    if outcome in answers.GRANTED and row.request_type in answers.ERASURES and not is_erased(row, reply):
        raise NotErased
    if outcome in answers.GRANTED and row.request_type in answers.CORRECTIONS:
        proposed = len(words.read(row, Words.Kind.ASKED).get("proposals", []))
        accepted = row.corrections.filter(is_accepted=True).count()
        if not accepted or (outcome == Outcome.COMPLIED_WHOLE and accepted < proposed):
            raise NotCorrected


def has_allowed_sale(row: RightsRequest) -> bool:
    stands = choices.sale_stands(row.customer_id).purposes if row.customer_id else []
    return any(status in YES for status, _despite in stands)


def is_erased(row: RightsRequest, reply: Reply) -> bool:
    """As it was carried out, and of a part with the law that keeps the rest."""
    done = parts_of.done_for(row.pk)
    rests_on_it = done is None or not done.kept or (reply.reason, reply.law) == (Reason.LEGAL, done.law)
    return reply.outcome == erased_as(row) and rests_on_it


def erased_as(row: RightsRequest) -> Outcome | None:
    """What an erasure has come to that did not answer the request itself: after a restore, or for another reason."""
    if row.customer and row.customer.erased_at:
        return Outcome.COMPLIED_WHOLE
    done = parts_of.done_for(row.pk)
    if done is None:
        return None
    return Outcome.COMPLIED_PART if done.kept else Outcome.COMPLIED_WHOLE


def reasons_of(row: RightsRequest, *, is_whole: bool) -> list[Reason]:
    """Why it may be refused, whole or in part: not the part of an objection that is about direct marketing."""
    type = Type(row.request_type)
    if type != Type.OBJECTION:
        return [reason for reason in answers.reasons_for(type) if may_be_why(row, reason, is_whole=is_whole)]
    uses = objecting.uses_of(row)
    marketing = objecting.marketing_of(uses)
    return answers.reasons_for(type, is_marketing=bool(marketing) and (is_whole or len(marketing) == len(uses)))


def may_be_why(row: RightsRequest, reason: Reason, *, is_whole: bool) -> bool:
    """Nobody who is known is refused for being unknown; but of the pieces of data only for that, where they are known
    less surely than those need, and then the kinds are told (11 CCR 7024(a))."""
    if row.gets_kinds_instead and not is_whole:
        return reason == Reason.UNVERIFIED
    return row.verified_at is None or reason not in answers.OF_THE_UNKNOWN


NEED_REASON = frozenset({Outcome.DENIED, Outcome.COMPLIED_PART})


def is_identified(row: RightsRequest) -> bool:
    """A customer's, and as surely theirs as the right asks; on every path to an answer."""
    return row.customer_id is not None and (row.identity_needed == Level.NOT_REQUIRED or row.verified_at is not None)


def may_be_said_to_anybody(row: RightsRequest, reply: Reply) -> bool:
    """It tells nothing of any data; or nobody of that name is here, where that needs no check."""
    if reply.outcome == Outcome.DENIED:
        return reply.reason in answers.WITHOUT_IDENTITY
    return reply.outcome == Outcome.NO_DATA and row.identity_needed == Level.NOT_REQUIRED


def close(row: RightsRequest, outcome: Outcome, now: datetime) -> None:
    row.state, row.outcome, row.responded_at = State.ANSWERED, outcome, now
    row.retain_until = retain_until(day_of(now, zone()))


def refuse_with(row: RightsRequest, reason: Reason, law: str) -> None:
    basis = law.strip() or answers.law_of(Regime(row.regime), Type(row.request_type), reason)
    if not re.fullmatch(PROVISION, basis):
        raise NeedsLaw
    row.denial_reason, row.denial_metric_group = reason, answers.GROUPS[reason]
    # The mail and the page of an answer say why and how to complain, in words that no officer can leave out
    # (Art 12(4)); where no mail arrives, the officer has told them (`check_told`).
    row.denial_legal_basis, row.remedies_told = basis, True
