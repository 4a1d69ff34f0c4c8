"""Rights that are done in the moment they are asked for: a no needs nobody's leave."""

from collections.abc import Callable
from dataclasses import replace

from consents.choices import services as choices
from consents.choices.models import Mark
from consents.choices.rules import How, MarkKind
from consents.choices.selectors import marks_of_request
from consents.choices.services.marking import OWN
from consents.ledger.rules import Actor
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Outcome
from consents.rights.rules.kinds import Level, Type

RIGHT = "rights request"  # how the no came about, in the entry of each choice


def withdraw(row: RightsRequest, by: Actor, how: How) -> None:
    assert row.customer_id
    for purpose in row.scope:
        choices.withdraw(customer=row.customer_id, purpose=purpose, by=by, how=how)
    if not row.scope:
        choices.withdraw_all(customer=row.customer_id, by=by, how=how)


def opt_out(row: RightsRequest, by: Actor, how: How) -> None:
    assert row.customer_id
    choices.opt_out(customer=row.customer_id, by=by, how=how)


def limit(row: RightsRequest, by: Actor, how: How) -> None:
    assert row.customer_id
    choices.place(customer=row.customer_id, kind=MarkKind.LIMIT, request=row.id, by=by)


ACTS: dict[Type, Callable[[RightsRequest, Actor, How], None]] = {
    Type.WITHDRAWAL: withdraw,
    Type.OPT_OUT: opt_out,
    Type.LIMIT: limit,
}
MARKS = {Type.RESTRICTION: MarkKind.RESTRICTION, Type.OBJECTION: MarkKind.OBJECTION}


def perform(row: RightsRequest, by: Actor, how: How) -> None:
    if by.kind not in OWN:
        how = replace(how, capacity="self", channel=str(row.channel), submitted_by=str(row.submitted_by))
    ACTS[Type(row.request_type)](row, carrying_out(by), how)


def carrying_out(by: Actor) -> Actor:
    """Typed in by staff, it is the portal that carries it out, on the word of the request: staff withdraw nothing."""
    return by if by.kind in OWN else Actor("portal", channel="rights", evidence=by.evidence)


def protect(row: RightsRequest, by: Actor) -> None:
    """A pause or an objection holds from the moment it is known whose it is, until an officer has looked at it (GDPR
    Art 18(1)(a),(d)); what its answer does not grant is lifted later, with notice."""
    mark = MARKS.get(Type(row.request_type))
    if mark is None or row.customer is None or row.customer.erased_at or not is_known(row):
        return
    purposes = row.scope if mark == MarkKind.OBJECTION and row.scope else [""]
    for purpose in purposes:
        choices.place(customer=row.customer.pk, kind=mark, purpose=purpose, request=row.id, by=carrying_out(by))


def is_known(row: RightsRequest) -> bool:
    """Surely enough to stop a use: also where it was known of the request that an appeal decides anew."""
    checked = row.verified_at or (row.follows and row.follows.verified_at)
    return row.identity_needed == Level.NOT_REQUIRED or checked is not None


def announce_end(row: RightsRequest, by: Actor) -> None:
    """Refused, or taken back by telephone, the pause goes; they are told before (Art 18(3)). Of the erased nothing is
    used, and nobody is told."""
    if row.customer is None or row.customer.erased_at:
        return
    for mark in marks_of_request(row.id):
        choices.announce_lift(mark=mark.pk, by=by)


def unprotect(row: RightsRequest, by: Actor) -> None:
    """The customer takes the request back, and with it what it had paused."""
    for mark in marks_of_request(row.id):
        choices.lift(mark=mark.pk, by=by)


def marks_to_lift(row: RightsRequest) -> list[Mark]:
    """What staff may end: a pause once its request was answered (Art 18(3)), an objection only as far as it was
    refused or taken back. The database says the same (`mark_is_for_staff`)."""
    standing = [mark for mark in marks_of_request(row.id) if mark.lifted_at is None]
    if row.outcome in (Outcome.DENIED, Outcome.WITHDRAWN):
        return standing
    return [
        mark for mark in standing if row.is_answered and (mark.kind == MarkKind.RESTRICTION or is_refused(row, mark))
    ]


def is_refused(row: RightsRequest, mark: Mark) -> bool:
    """Of an objection granted in part, what goes on."""
    is_in_part = mark.kind == MarkKind.OBJECTION and row.outcome == Outcome.COMPLIED_PART
    return is_in_part and (mark.purpose is None or mark.purpose.code not in row.granted)
