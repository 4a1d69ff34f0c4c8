"""The end of a request: answered or refused, once."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.rules import PROVISION
from consents.core import clock
from consents.core.durations import get_home_day
from consents.law import reasons
from consents.law.clocks import compute_retain_until
from consents.law.identity import Level
from consents.law.kinds import Regime, Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor, format_ledger_moment
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.confirmations import is_identity_open
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import Answer, RightsRequest, Statement
from consents.rights.refusals import CannotRefuse, IdentityFirst, IsWaiting, KindsAlone, NeedsLaw, NoFee, SearchFirst
from consents.rights.rules import answers
from consents.rights.rules.answers import Outcome
from consents.rights.rules.inputs import Reply
from consents.rights.selectors import must_be_sent
from consents.rights.services.emails import build_telling_details, check_day_told, needs_letter, notify_requester
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    check_stands_apart,
    get_request_kind,
    lock_open_rights_request,
    record_step,
)
from consents.rights.services.redacting import check_notes_ready
from consents.rights.services.sending import record_dispatch
from consents.rights.services.sharing import check_every_holder, end_assents_to_request
from consents.rights.signals import answer_begins, rights_request_answered

CENT = Decimal("0.01")
NEED_REASON = frozenset({Outcome.DENIED, Outcome.COMPLIED_PART})


@transaction.atomic
def answer_rights_request(*, rights_request: UUID, reply: Reply, officer: StaffMember, by: Actor) -> RightsRequest:
    """Give the one answer, final; of two officers at once the first one's counts.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, IsWaiting, IdentityFirst, SearchFirst, NotErased,
    NotCorrected, NotAllowedAgain, CannotRefuse, SayWhichUses, NeedsLaw, NobodyToWriteTo, BadDayOfTelling, NoFee,
    KindsAlone, StoodForTheirCode, HoldersFirst, RedactionWaits.
    """
    locked, now = lock_open_rights_request(rights_request, officer), clock.now()
    check_stands_apart(locked, officer)
    fulfilment = get_fulfilment(locked)
    check_rights_reply(locked, reply)
    if reply.reason or reply.fee:
        check_day_told(locked, reply.told_on, now)
    check_notes_ready(locked, reply.outcome)
    answer_begins.send(sender=RightsRequest, rights_request=locked, outcome=reply.outcome)
    assign_to(locked, officer)
    record_answer(
        locked,
        reply.outcome,
        now,
        response_format=reply.format,
        granted=sorted(reply.granted),
        fee_amount=reply.fee.quantize(CENT),
        fee_currency=reply.currency,
        fee_reason=reply.fee_reason or "",
        **(build_refusal(locked, reply.reason, reply.law) if reply.reason else {}),
    )
    words.store_statement(locked, Statement.Kind.ANSWERED, {"text": reply.text.strip()})
    append_answer_entry(locked, by, now, **build_answer_details(locked, reply))
    fulfilment.take_effect(locked, by)
    fulfilment.cancel_proposals(locked, by)
    if reply.told_on and needs_letter(locked) and must_be_sent(locked):
        record_dispatch(locked, reply.told_on, officer, by)
    notify_requester(locked, "answered")
    rights_request_answered.send(sender=RightsRequest, rights_request=locked, by=by)
    return locked


def build_answer_details(rights_request: RightsRequest, reply: Reply) -> dict[str, Any]:
    """Return what the ledger entry of an officer's answer says of uses, fee and letter."""
    details: dict[str, Any] = {"granted": rights_request.granted} if rights_request.granted else {}
    if rights_request.fee_amount:
        details["fee"] = f"{rights_request.fee_amount} {rights_request.fee_currency}"
        details["fee_reason"] = rights_request.fee_reason
    if reply.reason or reply.fee:
        details |= build_telling_details(rights_request, reply.told_on)
    return details


def append_answer_entry(rights_request: RightsRequest, by: Actor, now: datetime, **details: Any) -> None:
    append_rights_entry(
        rights_request,
        "answered",
        by,
        rights_request.outcome,
        answered_at=format_ledger_moment(now),
        format=str(rights_request.response_format),
        reason=str(rights_request.denial_reason),
        is_late=rights_request.is_late_at(now),
        **details,
    )


def check_rights_reply(rights_request: RightsRequest, reply: Reply) -> None:
    if rights_request.waiting_since:
        raise IsWaiting
    if (reply.outcome in NEED_REASON) != (reply.reason is not None) or reply.outcome == Outcome.WITHDRAWN:
        raise CannotRefuse
    fulfilment, is_whole = get_fulfilment(rights_request), reply.outcome == Outcome.DENIED
    if reply.reason and reply.reason not in fulfilment.list_reasons(rights_request, is_whole=is_whole):
        raise CannotRefuse
    fulfilment.check_granted(rights_request, reply.outcome, reply.granted)
    if not has_sure_identity(rights_request) and not may_answer_anyone(rights_request, reply):
        raise IdentityFirst
    needs_search = reply.outcome != Outcome.DENIED and get_request_kind(rights_request).searches
    if needs_search and not rights_request.search_set.exists():
        raise SearchFirst
    if rights_request.gets_kinds_instead and reply.outcome == Outcome.COMPLIED_WHOLE:
        raise KindsAlone
    check_fee(rights_request, reply)
    if reply.outcome in answers.GRANTED:
        check_every_holder(rights_request)
    fulfilment.check_done(rights_request, reply)


def check_fee(rights_request: RightsRequest, reply: Reply) -> None:
    """Allow a fee only where the law does, with amount, currency and reason. Raises NoFee."""
    if not reply.fee and not reply.currency and reply.fee_reason is None:
        return
    is_money = reply.fee > 0 and reply.fee == reply.fee.quantize(CENT) and re.fullmatch("[A-Z]{3}", reply.currency)
    is_said = is_money and reply.fee_reason in reasons.FEE_REASONS
    if (
        not is_said
        or reply.outcome not in answers.GRANTED
        or not reasons.may_take_fee(Type(rights_request.request_type))
    ):
        raise NoFee


def has_sure_identity(rights_request: RightsRequest) -> bool:
    """Return True if the request is a customer's, as surely as the right asks; true on every path to an answer."""
    return rights_request.customer_id is not None and not is_identity_open(rights_request)


def may_answer_anyone(rights_request: RightsRequest, reply: Reply) -> bool:
    """Return True if anyone may have the answer: it tells of no data, or nobody of that name is here."""
    if reply.outcome == Outcome.DENIED:
        return reply.reason in reasons.WITHOUT_IDENTITY
    return reply.outcome == Outcome.NO_DATA and rights_request.identity_needed == Level.NOT_REQUIRED


def record_answer(rights_request: RightsRequest, outcome: Outcome, now: datetime, **terms: Any) -> None:
    """Record the end of the request: its answer, or that it was withdrawn."""
    retain_until = compute_retain_until(get_home_day(now))
    record_step(rights_request, Answer, outcome=outcome, responded_at=now, retain_until=retain_until, **terms)
    end_assents_to_request(rights_request)


def build_refusal(rights_request: RightsRequest, reason: Reason, law: str) -> dict[str, Any]:
    """Build the columns of an answer that refuses, whole or in part. Raises NeedsLaw."""
    # The email and the page of an answer say why and how to complain, in words that no officer can leave out
    # (Art 12(4)); where no email arrives, the officer has told them (`check_day_told`).
    return {
        "denial_reason": reason,
        "denial_metric_group": reasons.GROUPS[reason],
        "denial_legal_basis": find_provision(rights_request, reason, law),
        "remedies_told": True,
    }


def find_provision(rights_request: RightsRequest, reason: Reason, law: str) -> str:
    """Return the law that a refusal rests on: what the officer named, else what it usually is. Raises NeedsLaw."""
    regime, type = Regime(rights_request.regime), Type(rights_request.request_type)
    basis = law.strip() or reasons.cite_provision(regime, type, reason)
    if not re.fullmatch(PROVISION, basis):
        raise NeedsLaw
    return basis
