"""Doing again what the journal tells and a restored backup does not know: no yes comes back after its no.

Each act goes through the service that did it first; its entries name the original by hash.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from consents.access import services as access
from consents.access.rules import End, State
from consents.backups.outside import is_done_again
from consents.catalogue import services as catalogue
from consents.catalogue.models import Purpose
from consents.choices import services as choices
from consents.choices.rules import MarkKind
from consents.choices.services import NoSuchPurpose, NotPossibleNow
from consents.core.refusals import Unknown
from consents.ledger.journal import Line
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.notifications.models import Preference
from consents.people import services as people
from consents.people.models import Customer, Erasure, LegalHold, StaffMember
from consents.people.services import AlreadyErased
from consents.rights import services as rights
from consents.vault.rules import Parts

type Facts = dict[str, Any]


class LeftToPeople(Exception):
    """Not done again: whoever did it is not in the backup, and nobody else may. What it closed stays as it was."""


class Reapplied(NamedTuple):
    """Of each event how many entries the backup did not know: done again, and left to people."""

    done: Counter[str]
    left: Counter[str]


def reapply(lines: Iterable[Line]) -> Reapplied:
    """Doing it again changes nothing.

    Lost texts come last: what somebody said no to is put on record while the purpose can still be answered.
    """
    done, left = Counter[str](), Counter[str]()
    texts = []
    for line in lines:
        entry: Facts = json.loads(line.entry)
        if is_done_again(entry) or is_known(entry, line.hash):
            continue
        by = Actor("portal", channel="restore", original=line.hash)
        try:
            if entry["event"] == "purpose_version.published":
                texts.append((entry, by))
            else:
                AGAIN[entry["event"]](entry, by)
        except LeftToPeople:
            left[entry["event"]] += 1
        else:
            done[entry["event"]] += 1
    for entry, by in texts:
        lose_text(entry, by)
    return Reapplied(done, left)


def is_known(entry: Facts, hash: str) -> bool:
    there = Entry.objects.filter(chain=entry["chain"], sequence=entry["sequence"])
    return [bytes(stored).hex() for stored in there.values_list("hash", flat=True)] == [hash]


def withdraw(entry: Facts, by: Actor) -> None:
    if not Customer.objects.filter(pk=entry["customer"], erased_at=None).exists():
        return
    with suppress(NoSuchPurpose):  # nothing can be given for it any more
        choices.withdraw(customer=UUID(entry["customer"]), purpose=entry["purpose"], by=by)


def invalidate(entry: Facts, by: Actor) -> None:
    """In the name of who told it the first time: only staff may say what an authority found."""
    told = replace(by, kind=entry["actor_kind"], id=entry["actor"])
    with suppress(NoSuchPurpose, NotPossibleNow):  # not given in the backup
        choices.invalidate(choice=UUID(entry["object"]), by=told)


def mark(entry: Facts, by: Actor) -> None:
    """Placed anew when the backup does not know it: the customer, or an officer, lifts it once more where it was."""
    if not Customer.objects.filter(pk=entry["customer"], erased_at=None).exists():
        return
    request = entry["details"].get("request")
    with suppress(NoSuchPurpose):
        choices.place(
            customer=UUID(entry["customer"]),
            kind=MarkKind(entry["outcome"]),
            purpose=entry["purpose"],
            request=UUID(request) if request else None,
            by=by,
        )


def stop_digests(entry: Facts, by: Actor) -> None:
    with suppress(AlreadyErased):
        if Customer.objects.filter(pk=entry["customer"]).exists():
            never = Preference.Digests(entry["outcome"])
            notifications.choose_digests(customer=UUID(entry["customer"]), digests=never, by=by)


def end_access(state: State, end: End) -> Callable[[Facts, Actor], None]:
    return lambda entry, by: access.end_again(request=UUID(entry["object"]), state=state, end=end, by=by)


def end_grants(entry: Facts, by: Actor) -> None:
    """A stop or a withdrawal is a no to the ask as well, should it wait once more; the company's end calls it off."""
    end = End(entry["outcome"])
    state = State.CANCELLED if end == End.COMPANY else State.DENIED
    access.end_again(request=UUID(entry["object"]), state=state, end=end, by=by)


def end_staff(entry: Facts, by: Actor) -> None:
    member = StaffMember.objects.filter(pk=entry["object"], ended_at=None).first()
    if member:
        people.end_staff(member=member, by=by)


def place_hold(entry: Facts, by: Actor) -> None:
    with suppress(Unknown, AlreadyErased):  # opened after the backup, or erased once it was lifted
        people.place_hold_again(
            hold=UUID(entry["object"]),
            customer=UUID(entry["customer"]),
            reason=LegalHold.Reason(entry["outcome"]),
            review_on=date.fromisoformat(entry["details"]["review_on"]),
            officer=entry["actor"],
            by=by,
        )


def lift_hold(entry: Facts, by: Actor) -> None:
    """In the name of who lifted it: an officer alone may. It stands where the backup does not know them."""
    officer = StaffMember.objects.filter(pk=entry["actor"], ended_at=None).first()
    if officer is None:
        raise LeftToPeople
    with suppress(Unknown):
        people.lift_hold(hold=UUID(entry["object"]), officer=officer, by=by)


def lose_text(entry: Facts, by: Actor) -> None:
    purpose = Purpose.objects.filter(code=entry["purpose"]).first()
    if purpose:
        moment = datetime.fromisoformat(entry["occurred_at"])
        catalogue.note_lost(purpose=purpose, number=entry["details"]["number"], published_at=moment, by=by)


def retire(entry: Facts, by: Actor) -> None:
    purpose = Purpose.objects.filter(code=entry["purpose"]).first()
    if purpose:
        catalogue.retire(purpose=purpose, by=by)


def erase(entry: Facts, by: Actor) -> None:
    accounts = {UUID(account) for account in entry["details"].get("accounts", [])}
    reason = Erasure.Reason(entry["outcome"])
    try:
        people.erase_again(customer=UUID(entry["customer"]), reason=reason, accounts=accounts, by=by)
    except Unknown:  # opened after the backup: neither record nor key came back, but who signed in may have
        people.close_again(accounts=accounts, reference=entry["details"].get("reference", ""), by=by)


def erase_part(entry: Facts, by: Actor) -> None:
    """The tombstones come back with it: what the company's next list says of those kinds is passed over again."""
    told = entry["details"]
    with suppress(Unknown, AlreadyErased):  # opened after the backup; or gone whole by now
        rights.erase_part_again(
            request=UUID(told["request"]),
            customer=UUID(entry["customer"]),
            parts=Parts(told["deleted"], told["kept"]),
            law=told["law"],
            by=by,
        )


# Every event that closes something; a test holds it against the ledger's own list.
AGAIN: dict[str, Callable[[Facts, Actor], None]] = {
    "access_request.answered": end_access(State.DENIED, End.STOPPED),
    "access_request.cancelled": end_access(State.CANCELLED, End.COMPANY),
    "access_request.denied": end_access(State.DENIED, End.WITHDRAWN),
    "consent.invalidated": invalidate,
    "consent.refused": withdraw,
    "consent.withdrawn": withdraw,
    "customer.erased": erase,
    "customer.part_erased": erase_part,
    "digests.chosen": stop_digests,
    "grant.ended": end_grants,
    "legal_hold.lifted": lift_hold,
    "legal_hold.placed": place_hold,
    "limit.placed": mark,
    "objection.placed": mark,
    "purpose.retired": retire,
    "purpose_version.published": lose_text,
    "restriction.placed": mark,
    "staff.ended": end_staff,
}
