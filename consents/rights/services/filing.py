"""A request arrives: from the customer here, by the public form, or typed in by staff with its true date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Purpose
from consents.choices.rules import How
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.rules import Actor, moment
from consents.people.models import Customer, StaffMember
from consents.people.services import hold_unless_erased
from consents.rights import words
from consents.rights.models import RightsRequest, Words
from consents.rights.rules.answers import (
    CORRECTIONS,
    OWN_CHANNELS,
    Channel,
    Format,
    Outcome,
    State,
    SubmittedBy,
    retain_until,
)
from consents.rights.rules.clocks import day_of, end_of
from consents.rights.rules.kinds import BEGAN, Kind, Level, Regime, Type, jurisdiction_of, kind_of, regime_of
from consents.rights.rules.numbers import number_of
from consents.rights.rules.terms import spelled, terms_of
from consents.rights.services import at_once
from consents.rights.services.recording import tell, zone
from consents.rights.services.refusals import (
    AlreadyAsked,
    BadReceipt,
    BeforeItsLaw,
    IsOpenAlready,
    NeedsProof,
    NotOfThisScope,
    NotStaff,
    NotToObject,
    OnlyTheirYes,
)
from consents.rights.services.telling import write_to

# Of another name than what else is locked in this space; those of signed-in forms lie in another (1).
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"
PURPOSES = frozenset({Type.WITHDRAWAL, Type.OBJECTION})


@dataclass(frozen=True)
class Wanted:
    """What is asked.

    `customer` None: nobody knows yet whose it is; `jurisdiction` then says where they live. `received_at` None: now.
    `scope`: codes of purposes (withdrawal, objection) or of data categories, empty for all. `said`: what they wrote,
    kept sealed: words, proposals for a correction and, of a stranger, name, email, language. `is_fresh`: they have just
    signed in again. `capacity`: of the user who acts for the customer. `token` makes filing once-only for strangers.
    """

    type: Type
    channel: Channel
    customer: UUID | None = None
    jurisdiction: str = ""
    received_at: datetime | None = None
    submitted_by: SubmittedBy = SubmittedBy.SELF
    proof: str = ""
    scope: tuple[str, ...] = ()
    scope_from: date | None = None
    scope_until: date | None = None
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_fresh: bool = False
    capacity: str = "self"
    language: str = ""
    token: UUID | None = None


@transaction.atomic
def file(*, wanted: Wanted, by: Actor, member: StaffMember | None = None) -> RightsRequest:
    """Put a request on record with its terms; what acts at once has acted when this returns.

    `member`: who types it in, where it came in another way. Repeating a token returns the request filed first.
    Raises NotStaff, OnlyTheirYes, Unknown, AlreadyErased, NeedsProof, BadReceipt, NotOfThisScope, NotToObject,
    AlreadyAsked, IsOpenAlready, and of rules: NotYourLaw, NoCalendar.
    """
    check_by_whom(wanted, member)
    earlier = sent_before(wanted.token) if wanted.token else None
    if earlier:
        return earlier
    if wanted.customer:
        hold_unless_erased(wanted.customer)
    now = clock.now()
    row, kind = drawn_up(wanted, now)
    check_scope(wanted)
    check_not_open(row, wanted, is_theirs=by.kind in at_once.OWN)
    if row.state == State.ANSWERED:
        at_once.perform(row, by, How(method=at_once.RIGHT, language=wanted.language, capacity=wanted.capacity))
    row.save(force_insert=True)
    words.put(row, Words.Kind.ASKED, {**wanted.said, "language": "" if row.customer else wanted.language})
    at_once.protect(row, by)
    is_written = row.state != State.ANSWERED and write_to(row, "filed")
    leave_entry(row, wanted, by, is_written)
    return row


def sent_before(token: UUID) -> RightsRequest | None:
    """Of two presses at once the second waits here for the first."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"rights {token}"])
    return RightsRequest.objects.filter(token=token).first()


def check_by_whom(wanted: Wanted, member: StaffMember | None) -> None:
    is_typed = wanted.channel not in OWN_CHANNELS
    if is_typed and (member is None or not StaffMember.objects.filter(pk=member.pk, ended_at=None).exists()):
        raise NotStaff
    if wanted.type == Type.OPT_IN and wanted.channel != Channel.PORTAL:
        raise OnlyTheirYes
    if wanted.submitted_by != SubmittedBy.SELF and not wanted.proof.strip():
        raise NeedsProof


def drawn_up(wanted: Wanted, now: datetime) -> tuple[RightsRequest, Kind]:
    """The unsaved row, with the terms of its law."""
    customer = Customer.objects.filter(pk=wanted.customer).first() if wanted.customer else None
    if wanted.customer and customer is None:
        raise Unknown
    received_at = wanted.received_at or now
    if received_at > now or (customer and received_at < customer.created_at):
        raise BadReceipt
    jurisdiction, regime = law_for(customer, wanted.jurisdiction)
    received_on = day_of(received_at, zone())
    if received_on < BEGAN[regime]:
        raise BeforeItsLaw(BEGAN[regime])
    kind = kind_of(regime, wanted.type, received_on)
    id = uuid4()
    row = RightsRequest(
        id=id,
        number=number_of(id),
        token=wanted.token,
        customer=customer,
        regime=regime,
        jurisdiction=jurisdiction,
        request_type=wanted.type,
        scope=sorted(wanted.scope),
        scope_from=wanted.scope_from,
        scope_until=wanted.scope_until,
        channel=wanted.channel,
        submitted_by=wanted.submitted_by,
        agent_proof=wanted.proof.strip(),
        received_at=received_at,
    )
    set_clocks(row, kind, received_on)
    begin(row, kind, wanted, now)
    return row, kind


def law_for(customer: Customer | None, jurisdiction: str) -> tuple[str, Regime]:
    """Where they live decides; where nobody knows, where the company is."""
    where = (
        jurisdiction_of(customer.country, customer.region, settings.PORTAL_COUNTRY)
        if customer
        else jurisdiction or settings.PORTAL_COUNTRY
    )
    return where, regime_of(where)


def set_clocks(row: RightsRequest, kind: Kind, received_on: date) -> None:
    terms = terms_of(Regime(row.regime), kind, received_on, home=settings.PORTAL_COUNTRY)
    row.clocks = {"answer": spelled(terms.answer)}
    row.due_at, row.target_on = end_of(terms.answer.on, zone()), terms.target
    row.due_rule, row.due_unit, row.calendar_id = terms.answer.rule, terms.answer.unit, terms.answer.calendar
    if terms.acknowledge:
        row.clocks["acknowledge"] = spelled(terms.acknowledge)
        row.acknowledge_by = end_of(terms.acknowledge.on, zone())


def begin(row: RightsRequest, kind: Kind, wanted: Wanted, now: datetime) -> None:
    """Identity as far as it is known, and the state: answered already, confirmed by the page or mail, or received."""
    row.identity_needed = kind.identity
    if kind.identity == Level.NOT_REQUIRED:
        row.verification_level = Level.NOT_REQUIRED
    elif wanted.is_fresh and wanted.channel == Channel.PORTAL:
        row.verification_level, row.verified_at = Level.SESSION, now
    if row.customer and row.request_type in at_once.ACTS:
        answer_at_once(row, now)
    elif wanted.channel in OWN_CHANNELS or gets_mail(row, wanted):
        # Their page, or the mail that goes out now, says that it arrived and when to expect the answer (CCR 7021(a)).
        row.state, row.acknowledged_at = State.ACKNOWLEDGED, now


def gets_mail(row: RightsRequest, wanted: Wanted) -> bool:
    if row.customer:
        return row.customer.address_hash is not None
    return bool(wanted.said.get("email"))


def answer_at_once(row: RightsRequest, now: datetime) -> None:
    row.state, row.outcome, row.responded_at = State.ANSWERED, Outcome.COMPLIED_WHOLE, now
    row.response_format = Format.DOWNLOAD if row.channel in OWN_CHANNELS else Format.ORAL
    row.retain_until = retain_until(day_of(now, zone()))


def check_scope(wanted: Wanted) -> None:
    """Codes are those of the catalogue; of what is objected to, those that may be (GDPR Art 21(1))."""
    table = Purpose if wanted.type in PURPOSES else Category
    if table.objects.filter(code__in=wanted.scope).count() != len(set(wanted.scope)):
        raise NotOfThisScope
    if wanted.type == Type.OBJECTION:
        objectable = catalogue.may_be_objected_to().filter(purpose__code__in=wanted.scope)
        if objectable.count() != len(set(wanted.scope)):
            raise NotToObject


def check_not_open(row: RightsRequest, wanted: Wanted, *, is_theirs: bool) -> None:
    """The same right twice at once would be one request with two clocks; another value to correct, or another time to
    tell of, is another one. Only the customer is told which it is."""
    if row.customer is None:
        return
    period = {"scope_from": row.scope_from, "scope_until": row.scope_until}
    same = RightsRequest.objects.filter(customer=row.customer, request_type=row.request_type, scope=row.scope, **period)
    for still_open in same.exclude(state=State.ANSWERED):
        if row.request_type not in CORRECTIONS or proposed(still_open) == wanted.said.get("proposals", []):
            raise AlreadyAsked(still_open) if is_theirs else IsOpenAlready


def proposed(row: RightsRequest) -> list[dict[str, str]]:
    return list(words.read(row, Words.Kind.ASKED).get("proposals", []))


def leave_entry(row: RightsRequest, wanted: Wanted, by: Actor, is_written: bool) -> None:
    tell(
        row,
        "filed",
        by,
        row.state,
        type=str(row.request_type),
        regime=str(row.regime),
        jurisdiction=row.jurisdiction,
        channel=str(row.channel),
        submitted_by=str(row.submitted_by),
        received_at=moment(row.received_at),
        due_at=moment(row.due_at),
        rule=row.due_rule,
        identity=str(row.verification_level),
        capacity=wanted.capacity,
        mail=is_written,
        proposals=len(wanted.said.get("proposals", [])),
    )
