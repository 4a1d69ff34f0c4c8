"""The end of a request: answered or refused, once."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.rules import PROVISION
from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.refusals import Refusal
from consents.law import reasons
from consents.law.clocks import compute_retain_until
from consents.law.identity import Fact, Level
from consents.law.kinds import Regime, Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import Actor, format_ledger_moment
from consents.people.models import Customer, StaffMember
from consents.people.services.holding import check_not_erased
from consents.people.two_officers.refusals import NeedsSecondOfficer
from consents.rights import rules, words
from consents.rights.fulfilment.erasure import describe_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import Answer, AnswerDispatch, AppealDecision, RightsRequest, Statement
from consents.rights.recipients import is_identity_open
from consents.rights.refusals import (
    BadDayOfTelling,
    CannotRefuse,
    IdentityFirst,
    IsWaiting,
    KindsAlone,
    NeedsLaw,
    NoFee,
    NothingToAppeal,
    NothingToCompare,
    SearchFirst,
    TooManyComparisons,
)
from consents.rights.rules import Appealed, Outcome, Reply, build_number
from consents.rights.selectors import must_be_sent
from consents.rights.services.emails import build_telling_details, check_day_told, needs_letter, notify_requester
from consents.rights.services.filing import describe_terms, set_clocks
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    check_stands_apart,
    get_receipt_day,
    get_request_kind,
    lock_for_officer,
    lock_open_rights_request,
    record_step,
)
from consents.rights.services.redacting import check_notes_ready
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
    if reply.outcome in rules.GRANTED:
        check_every_holder(rights_request)
    fulfilment.check_done(rights_request, reply)


def check_fee(rights_request: RightsRequest, reply: Reply) -> None:
    """Allow a fee only where the law does, with amount, currency and reason. Raises NoFee."""
    if not reply.fee and not reply.currency and reply.fee_reason is None:
        return
    is_money = reply.fee > 0 and reply.fee == reply.fee.quantize(CENT) and re.fullmatch("[A-Z]{3}", reply.currency)
    is_said = is_money and reply.fee_reason in reasons.FEE_REASONS
    if not is_said or reply.outcome not in rules.GRANTED or not reasons.may_take_fee(Type(rights_request.request_type)):
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


# What a request that begins again after an appeal takes over from the one before it.
ASKED_AGAIN = ["customer", "regime", "jurisdiction", "request_type", "scope", "scope_from", "scope_until"]
ASKED_AGAIN += ["channel", "submitted_by", "agent_proof", "identity_needed"]


@transaction.atomic
def decide_appeal(
    *, rights_request: UUID, outcome: Appealed, text: str, officer: StaffMember, by: Actor
) -> RightsRequest:
    """Uphold the answer, or reverse it: then the right is filed anew, received with the appeal, with every check anew.

    Returns the request itself, or the one that follows it. Raises Unknown, NotAnOfficer, OwnMatter,
    NothingToAppeal, NeedsSecondOfficer, StoodForTheirCode, AlreadyErased, NoCalendar.
    """
    locked = lock_for_officer(rights_request, officer)
    if locked.appeal_outcome != Appealed.PENDING or outcome == Appealed.PENDING:
        raise NothingToAppeal
    if locked.handler_id == officer.pk:
        raise NeedsSecondOfficer(
            _("The officer who gave the answer cannot decide about it again: another officer must look at it.")
        )
    check_stands_apart(locked, officer)
    record_step(locked, AppealDecision, outcome=outcome, decided_at=clock.now(), decided_by=officer.user)
    words.store_statement(locked, Statement.Kind.DECIDED, {"text": text.strip()})
    following = build_following_request(locked) if outcome == Appealed.REVERSED else None
    append_rights_entry(
        locked, "appeal_decided", by, outcome, **({"followed_by": following.number} if following else {})
    )
    if following:
        asked = words.open_statement(locked, Statement.Kind.ASKED)
        following.save(force_insert=True)
        words.store_statement(following, Statement.Kind.ASKED, asked)
        get_fulfilment(following).protect(following, by)
        details = describe_terms(following) | {"follows": locked.number} | describe_proposals(asked)
        append_rights_entry(following, "filed", by, following.state, **details)
    notify_requester(locked, "decided")
    return following or locked


def build_following_request(rights_request: RightsRequest) -> RightsRequest:
    """Build the same right once more, unsaved: the clock runs from the appeal, and no check is carried over."""
    assert rights_request.appeal_at
    if rights_request.customer:
        check_not_erased(rights_request.customer)
    id = uuid4()
    following = RightsRequest(
        id=id,
        number=build_number(id),
        follows=rights_request,
        received_at=rights_request.appeal_at,
        **{name: getattr(rights_request, name) for name in ASKED_AGAIN},
    )
    set_clocks(following, get_request_kind(rights_request))
    return following


# Compare what a caller says of themselves with what is on file, blindly: the officer learns only whether it agrees.
#
# On record are the facts and whether they agreed, never what was said. Three comparisons a day that differ are the
# last, whatever requests and officers they are spread over (`rights_facts_compared_thrice`).

MOST_DIFFERENT = 3
EVENT = "rights_request.facts_compared"
AGREES, DIFFERS, NOT_ON_FILE = "agrees", "differs", "not_on_file"


@transaction.atomic
def compare_facts(
    *, rights_request: UUID, reference: str, born_on: date | None, officer: StaffMember, by: Actor
) -> dict[Fact, str]:
    """Say of each fact that was named whether it agrees with the record of the request's customer.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NothingToCompare (nothing was named, or it is not known
    whose the request is), TooManyComparisons.
    """
    locked = lock_open_rights_request(rights_request, officer)
    typed: dict[Fact, object] = {Fact.REFERENCE: reference.strip(), Fact.BIRTH: born_on}
    claims = {fact: value for fact, value in typed.items() if value}
    if locked.customer is None or locked.customer.erased_at or not claims:
        raise NothingToCompare
    if count_differing(locked.customer_id) >= MOST_DIFFERENT:
        raise TooManyComparisons
    results = {fact: compare_fact(locked.customer, fact, value) for fact, value in claims.items()}
    assign_to(locked, officer)
    outcome = DIFFERS if DIFFERS in results.values() else AGREES
    append_rights_entry(
        locked, "facts_compared", by, outcome, **{fact.value: result for fact, result in results.items()}
    )
    return results


def compare_fact(customer: Customer, fact: Fact, claim: object) -> str:
    on_file: object = {Fact.REFERENCE: customer.reference, Fact.BIRTH: customer.born_on}[fact]
    if on_file is None:
        return NOT_ON_FILE
    return AGREES if str(claim).casefold() == str(on_file).casefold() else DIFFERS


def count_differing(customer: UUID | None) -> int:
    """Count the comparisons of the last day that differed, about this customer."""
    since = clock.now() - timedelta(days=1)
    return Entry.objects.filter(customer=customer, event=EVENT, outcome=DIFFERS, occurred_at__gt=since).count()


def list_compared_facts(rights_request: RightsRequest) -> dict[Fact, str]:
    """Return what the last comparison on this request found; empty if there was none."""
    last = Entry.objects.filter(object=str(rights_request.pk), event=EVENT).order_by("-id").first()
    return {fact: last.facts[fact.value] for fact in Fact if fact.value in last.facts} if last else {}


class NothingToSend(Refusal):
    sentence = _("Nothing of this request is to be sent by hand: look at it again.")


@transaction.atomic
def record_answer_sent(*, rights_request: UUID, sent_on: date, officer: StaffMember, by: Actor) -> AnswerDispatch:
    """Note the day on which the answer was sent or given. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, NothingToSend, BadDayOfTelling.
    """
    locked = lock_for_officer(rights_request, officer)
    earlier = AnswerDispatch.objects.filter(rights_request=locked).first()
    if earlier:
        return earlier
    if not must_be_sent(locked):
        raise NothingToSend
    return record_dispatch(locked, sent_on, officer, by)


def record_dispatch(rights_request: RightsRequest, sent_on: date, officer: StaffMember, by: Actor) -> AnswerDispatch:
    if not get_receipt_day(rights_request) <= sent_on <= get_home_day(clock.now()):
        raise BadDayOfTelling
    dispatch = record_step(rights_request, AnswerDispatch, sent_on=sent_on, sent_by=officer.user)
    append_rights_entry(rights_request, "answer_sent", by, rights_request.response_format, sent_on=sent_on.isoformat())
    return dispatch
