"""A request arrives: from the customer here, by the public form, or typed in by staff with its true date."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from consents.catalogue.models import Purpose
from consents.choices.rules import SIGNAL, ActContext
from consents.choices.services.marking import OWN_ACTORS
from consents.core import clock, sealing
from consents.core.durations import get_home_day
from consents.core.refusals import get_or_refuse
from consents.law.clocks import compute_retain_until, get_end_of_day
from consents.law.identity import Level
from consents.law.kinds import BEGAN, KINDS, Kind, Regime, Type, find_jurisdiction, find_regime, get_kind
from consents.law.reasons import compute_terms, describe_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.notifications import selectors as mail
from consents.people.models import Customer, CustomerKey, StaffMember
from consents.people.selectors import find_real_customer
from consents.people.services.holding import OFFICERS, check_not_own_matter, check_officer, lock_existing_customer
from consents.rights import words
from consents.rights.fulfilment.erasure import describe_proposals
from consents.rights.fulfilment.registry import BY_TYPE, get_fulfilment
from consents.rights.models import (
    LONGEST_DRAFT,
    Acknowledgement,
    Answer,
    Draft,
    IdentityCheck,
    RightsRequest,
    Statement,
)
from consents.rights.refusals import (
    AlreadyAsked,
    BadReceipt,
    BeforeItsLaw,
    IsOpenAlready,
    NeedsProof,
    NotStaff,
    OnlyTheirYes,
    PlaceDiffers,
)
from consents.rights.rules import OWN_CHANNELS, Channel, Format, NewRequest, Outcome, State, SubmittedBy, build_number
from consents.rights.services import immediate_effects
from consents.rights.services.emails import notify_of_typed_request, notify_requester
from consents.rights.services.recording import (
    append_rights_entry,
    get_home_zone,
    get_known_identity,
    get_receipt_day,
    lock_rights_request,
    record_step,
)
from consents.rights.services.sharing import keep_assent_of_requester

# Of another name than what else is locked in this space; those of signed-in forms lie in another (1).
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"


@transaction.atomic
def file_rights_request(*, new_request: NewRequest, by: Actor, member: StaffMember | None = None) -> RightsRequest:
    """Put a request on record with its terms; what acts at once has acted when this returns.

    `member`: who types it in, where it came in another way. Repeating a token returns the request filed first.
    Raises NotStaff, OwnMatter, OnlyTheirYes, PlaceDiffers, Unknown, AlreadyErased, NeedsProof, BadReceipt,
    NotOfThisScope, NotToObject, AlreadyAsked, IsOpenAlready, and of rules: NotYourLaw, NoCalendar.
    """
    check_filer(new_request, member)
    earlier = find_by_token(new_request.token) if new_request.token else None
    if earlier:
        return earlier
    if new_request.customer:
        lock_existing_customer(new_request.customer)
        if member:
            check_not_own_matter(member.pk, new_request.customer)
    now = clock.now()
    rights_request, kind = build_rights_request(new_request, find_requesting_customer(new_request), now)
    get_fulfilment(rights_request).check_scope(new_request)
    check_not_open(rights_request, new_request, is_theirs=by.kind in OWN_ACTORS)
    is_done = rights_request.customer is not None and get_fulfilment(rights_request).is_immediate
    if is_done:
        immediate_effects.carry_out_right(
            rights_request,
            by,
            ActContext(method=immediate_effects.RIGHT, language=new_request.language, capacity=new_request.capacity),
        )
    rights_request.save(force_insert=True)
    record_first_steps(rights_request, kind, new_request, now, is_done=is_done)
    words.store_statement(
        rights_request,
        Statement.Kind.ASKED,
        {**new_request.said, "language": "" if rights_request.customer else new_request.language},
    )
    get_fulfilment(rights_request).protect(rights_request, by)
    is_written = (
        notify_of_typed_request(rights_request, member)
        if is_done and member
        else not is_done and notify_requester(rights_request, "filed")
    )
    append_filing_entry(rights_request, new_request, by, is_written)
    return rights_request


def find_by_token(token: UUID) -> RightsRequest | None:
    """Find the request filed with this token; of two presses at once the second waits here for the first."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"rights {token}"])
    return RightsRequest.objects.filter(token=token).first()


def check_filer(new_request: NewRequest, member: StaffMember | None) -> None:
    is_typed = new_request.channel not in OWN_CHANNELS
    if is_typed and (member is None or not StaffMember.objects.filter(pk=member.pk, ended_at=None).exists()):
        raise NotStaff
    if BY_TYPE[new_request.type].is_only_theirs and new_request.channel != Channel.PORTAL:
        raise OnlyTheirYes
    if new_request.submitted_by != SubmittedBy.SELF and not new_request.proof.strip():
        raise NeedsProof


def find_requesting_customer(new_request: NewRequest) -> Customer | None:
    """Return whose request it is, as far as that is known. Raises Unknown."""
    if new_request.customer is None:
        return None
    return get_or_refuse(Customer.objects.filter(pk=new_request.customer))


def build_rights_request(
    new_request: NewRequest, customer: Customer | None, now: datetime
) -> tuple[RightsRequest, Kind]:
    """Build the unsaved row, with the terms of its law."""
    received_at = new_request.received_at or now
    if received_at > now or (customer and received_at < customer.created_at):
        raise BadReceipt
    jurisdiction, regime = find_law(customer, new_request.jurisdiction)
    if new_request.jurisdiction not in ("", jurisdiction):
        raise PlaceDiffers
    received_on = get_home_day(received_at)
    if received_on < BEGAN[regime]:
        raise BeforeItsLaw(BEGAN[regime])
    kind = get_kind(regime, new_request.type, received_on)
    id = uuid4()
    rights_request = RightsRequest(
        id=id,
        number=build_number(id),
        token=new_request.token,
        customer=customer,
        regime=regime,
        jurisdiction=jurisdiction,
        request_type=new_request.type,
        scope=sorted(new_request.scope),
        scope_from=new_request.scope_from,
        scope_until=new_request.scope_until,
        channel=new_request.channel,
        submitted_by=new_request.submitted_by,
        agent_proof=new_request.proof.strip(),
        received_at=received_at,
        identity_needed=kind.identity,
    )
    set_clocks(rights_request, kind)
    return rights_request, kind


def find_law(customer: Customer | None, jurisdiction: str) -> tuple[str, Regime]:
    """Return jurisdiction and law: of the country they live in or, if unknown, of the company's."""
    home = settings.PORTAL_COUNTRY
    where = find_jurisdiction(customer.country, customer.region, home) if customer else jurisdiction or home
    return where, find_regime(where)


def set_clocks(rights_request: RightsRequest, kind: Kind, *, waited: int = 0) -> None:
    """Set all due moments of a request, counted from its receipt."""
    regime, received_on = Regime(rights_request.regime), get_receipt_day(rights_request)
    terms = compute_terms(regime, kind, received_on, home=settings.PORTAL_COUNTRY, waited=waited)
    rights_request.clocks, rights_request.acknowledge_by = {"answer": describe_due(terms.answer)}, None
    rights_request.due_at = rights_request.answer_by = get_end_of_day(terms.answer.on, get_home_zone())
    rights_request.target_on = terms.target
    rights_request.due_rule, rights_request.due_unit, rights_request.calendar_id = (
        terms.answer.rule,
        terms.answer.unit,
        terms.answer.calendar,
    )
    if terms.acknowledge:
        rights_request.clocks["acknowledge"] = describe_due(terms.acknowledge)
        rights_request.acknowledge_by = get_end_of_day(terms.acknowledge.on, get_home_zone())


def record_first_steps(
    rights_request: RightsRequest, kind: Kind, new_request: NewRequest, now: datetime, *, is_done: bool
) -> None:
    """Record identity as far as it is known, and that the request is answered already or acknowledged."""
    if kind.identity != Level.NOT_REQUIRED and new_request.is_fresh and new_request.channel == Channel.PORTAL:
        record_step(rights_request, IdentityCheck, level=Level.SESSION, checked_at=now)
    if is_done:
        record_immediate_answer(rights_request, now)
    elif new_request.channel in OWN_CHANNELS or receives_email(rights_request, new_request):
        # Their page, or the email that goes out now, says that it arrived and when to expect the answer (CCR 7021(a)).
        record_step(rights_request, Acknowledgement, acknowledged_at=now)


def receives_email(rights_request: RightsRequest, new_request: NewRequest) -> bool:
    """Return True if the email that goes out now is expected to arrive: to an address that takes none, it is not."""
    if rights_request.customer:
        return mail.is_reachable(rights_request.customer)
    return bool(new_request.said.get("email"))


def record_immediate_answer(rights_request: RightsRequest, now: datetime) -> None:
    """Record the answer to a request that is filed in this very act, so that no letter was begun."""
    insert_immediate_answer(rights_request, now)
    rights_request.refresh_progress()


def insert_immediate_answer(rights_request: RightsRequest, now: datetime) -> None:
    """Insert that answer, for an act that asks for nothing else that follows from it."""
    Answer.record(
        rights_request=rights_request,
        outcome=Outcome.COMPLIED_WHOLE,
        responded_at=now,
        response_format=Format.DOWNLOAD if rights_request.channel in OWN_CHANNELS else Format.ORAL,
        retain_until=compute_retain_until(get_home_day(now)),
    )


def check_not_open(rights_request: RightsRequest, new_request: NewRequest, *, is_theirs: bool) -> None:
    """Refuse the same right twice at once: it would be one request with two clocks. Another value to correct, or
    another time to tell of, is another one. Only the customer is told which it is."""
    if rights_request.customer is None:
        return
    period = {"scope_from": rights_request.scope_from, "scope_until": rights_request.scope_until}
    same = RightsRequest.objects.filter(
        customer=rights_request.customer, request_type=rights_request.request_type, scope=rights_request.scope, **period
    )
    for still_open in same.exclude(state=State.ANSWERED):
        if get_fulfilment(rights_request).is_repeated_by(still_open, new_request):
            raise AlreadyAsked(still_open) if is_theirs else IsOpenAlready


def describe_terms(rights_request: RightsRequest) -> dict[str, str]:
    """Return what the ledger entry of a filed request says of right, law and due moment."""
    return {
        "type": str(rights_request.request_type),
        "regime": str(rights_request.regime),
        "jurisdiction": rights_request.jurisdiction,
        "channel": str(rights_request.channel),
        "received_at": format_ledger_moment(rights_request.received_at),
        "due_at": format_ledger_moment(rights_request.due_at),
        "rule": rights_request.due_rule,
    }


def append_filing_entry(rights_request: RightsRequest, new_request: NewRequest, by: Actor, is_written: bool) -> None:
    append_rights_entry(
        rights_request,
        "filed",
        by,
        rights_request.state,
        submitted_by=str(rights_request.submitted_by),
        identity=get_known_identity(rights_request),
        capacity=new_request.capacity,
        mail=is_written,
        **describe_terms(rights_request),
        **keep_assent_of_requester(rights_request, by),
        **describe_proposals(new_request.said),
    )


RETENTION = timedelta(days=30)
Fields = list[tuple[str, list[str]]]


@transaction.atomic
def save_draft(*, rights_request: UUID, act: str, fields: Fields, officer: StaffMember) -> bool:
    """Keep what the officer typed for this act, in place of what they typed before; not on record. False where it is
    too long, or the customer is erased. Raises Unknown, NotAnOfficer."""
    check_officer(officer, OFFICERS)
    locked = lock_rights_request(rights_request)
    if locked.has_erased_customer:
        return False
    draft = Draft(rights_request=locked, officer=officer, act=act, is_theirs=locked.customer_id is not None)
    sealed = words.seal_words(locked, draft, json.dumps(fields).encode())
    if len(sealed) > LONGEST_DRAFT:
        return False
    content = {"is_theirs": draft.is_theirs, "sealed": sealed, "saved_at": clock.now()}
    Draft.objects.update_or_create(rights_request=locked, officer=officer, act=act, defaults=content)
    return True


def open_draft(*, rights_request: UUID, act: str, officer: StaffMember) -> Fields:
    """Return the fields of this officer's draft for this act; empty without one."""
    own = Draft.objects.filter(rights_request=rights_request, officer=officer, act=act)
    draft = own.select_related("rights_request__customer").first()
    if draft is None:
        return []
    try:
        return [(name, values) for name, values in json.loads(words.open_words(draft.rights_request, draft))]
    except (CustomerKey.DoesNotExist, sealing.CannotOpen):
        return []


def discard_draft(*, rights_request: UUID, act: str, officer: StaffMember) -> None:
    Draft.objects.filter(rights_request=rights_request, officer=officer, act=act).delete()


def discard_old_drafts() -> None:
    """Delete the drafts of a month ago, and those of people who are no longer officers."""
    is_over = Q(saved_at__lt=clock.now() - RETENTION) | Q(officer__ended_at__isnull=False)
    Draft.objects.filter(is_over | ~Q(officer__role__in=OFFICERS)).delete()


# Record choices that customers make on their own pages as requests under the law, answered by being done.
#
# By signals of `choices`, inside those acts. What came in as a request is on record already; what the portal puts right
# again, and what its own check does as a made-up customer, is no request.


@transaction.atomic(savepoint=False)
def record_opt_out(*, customer: UUID, how: ActContext, by: Actor, **_: Any) -> RightsRequest | None:
    """Record an opt-out by button or by the browser's signal. None where the law of California does not hold."""
    return record_choice(Type.OPT_OUT, customer, how, by)


@transaction.atomic(savepoint=False)
def record_opt_in(*, customer: UUID, how: ActContext, by: Actor, **_: Any) -> RightsRequest | None:
    """Record a yes to a sale that they had stopped. None where the law of California does not hold."""
    return record_choice(Type.OPT_IN, customer, how, by)


@transaction.atomic(savepoint=False)
def record_withdrawal(
    *, customer: UUID, purposes: list[Purpose], how: ActContext, by: Actor, **_: Any
) -> RightsRequest | None:
    """Record a withdrawal of one purpose or several at once. None where European law does not hold."""
    return record_choice(Type.WITHDRAWAL, customer, how, by, scope=tuple(purpose.code for purpose in purposes))


def record_choice(
    type: Type, customer: UUID, how: ActContext, by: Actor, scope: tuple[str, ...] = ()
) -> RightsRequest | None:
    """Record it for the customer, whom the act that sent the signal has locked."""
    if how.method == immediate_effects.RIGHT or by.kind not in OWN_ACTORS:
        return None
    person = find_real_customer(customer)
    if person is None or type not in KINDS[find_law(person, "")[1]]:
        return None
    now = clock.now()
    channel = Channel.SIGNAL if how.method == SIGNAL else Channel.PORTAL
    new_request = NewRequest(type, channel, person.pk, scope=scope, capacity=how.capacity, language=how.language)
    rights_request, _kind = build_rights_request(new_request, person, now)
    rights_request.save(force_insert=True)
    insert_immediate_answer(rights_request, now)
    rights_request.state = State.ANSWERED
    append_filing_entry(rights_request, new_request, by, is_written=False)
    return rights_request
