"""Reapply what the journal tells and a restored backup does not know: no yes comes back after its no.

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

from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.services import blocking, ending
from consents.catalogue.models import Purpose
from consents.catalogue.services import publishing
from consents.choices.rules import MarkKind
from consents.choices.services import answering, marking, withdrawing
from consents.choices.services import withdrawing as choices_ending
from consents.choices.services.recording import NoSuchPurpose, NotPossibleNow
from consents.core.refusals import Unknown
from consents.exemptions.services import deciding as exemptions
from consents.ledger.journal import Line
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.models import Preference
from consents.notifications.services import choosing
from consents.ops.backups.making import is_reapplied
from consents.people.models import Acting, Customer, Erasure, LegalHold, Role, StaffMember
from consents.people.services import claiming, erasing, holding, locking, representing, staff_members
from consents.people.services.holding import AlreadyErased
from consents.rights.refusals import AlreadyAnswered
from consents.rights.rules import Channel
from consents.rights.services import erasing as rights_erasing
from consents.rights.services import requester_actions
from consents.vault.rules import Parts

type Facts = dict[str, Any]


class LeftToPeople(Exception):
    """Refuse to repeat an act whose actor is not in the backup: nobody else may, so what it closed stays as it was."""


class ReappliedActs(NamedTuple):
    """Entries that the backup did not know, counted by event: reapplied, and left to people."""

    done: Counter[str]
    left: Counter[str]


def reapply_lines(lines: Iterable[Line]) -> ReappliedActs:
    """Reapply these lines; a second time changes nothing.

    Lost texts come last: what somebody said no to is put on record while the purpose can still be answered.
    """
    done, left = Counter[str](), Counter[str]()
    texts = []
    for line in lines:
        entry: Facts = json.loads(line.entry)
        if is_reapplied(entry) or is_known(entry, line.hash):
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
        record_lost_text(entry, by)
    return ReappliedActs(done, left)


def is_known(entry: Facts, hash: str) -> bool:
    there = Entry.objects.filter(chain=entry["chain"], sequence=entry["sequence"])
    return [bytes(stored).hex() for stored in there.values_list("hash", flat=True)] == [hash]


def has_record(entry: Facts) -> bool:
    """Return True if the backup holds the customer's record, and it was not erased."""
    return Customer.objects.filter(pk=entry["customer"], erased_at=None).exists()


def get_officer(id: Any) -> StaffMember:
    """Return the officer in whose name an act is done again. Raises LeftToPeople if the backup does not know them."""
    if (officer := StaffMember.objects.filter(pk=id, ended_at=None).first()) is None:
        raise LeftToPeople
    return officer


def reapply_withdrawal(entry: Facts, by: Actor) -> None:
    if not has_record(entry):
        return
    with suppress(NoSuchPurpose):  # nothing can be given for it now
        withdrawing.withdraw_consent(customer=UUID(entry["customer"]), purpose=entry["purpose"], by=by)


def reapply_joint_refusal(entry: Facts, by: Actor) -> None:
    """End again what other holders of the account had agreed to before one of them said no."""
    if has_record(entry):
        refused = [UUID(assent) for assent in entry["details"]["assents"]]
        answering.refuse_assents_again(
            customer=UUID(entry["customer"]), assents=refused, purpose=entry["purpose"], by=by
        )


def reapply_invalidation(entry: Facts, by: Actor) -> None:
    """Act in the name of the first teller: only staff may say what an authority found."""
    teller = replace(by, kind=entry["actor_kind"], id=entry["actor"])
    with suppress(NoSuchPurpose, NotPossibleNow):  # not given in the backup
        choices_ending.invalidate_choice(choice=UUID(entry["object"]), by=teller)


def reapply_mark(entry: Facts, by: Actor) -> None:
    """Place it again when the backup does not know it: the customer, or an officer, lifts it once more where it was."""
    if not has_record(entry):
        return
    request = entry["details"].get("request")
    with suppress(NoSuchPurpose):
        marking.place_mark(
            customer=UUID(entry["customer"]),
            kind=MarkKind(entry["outcome"]),
            purpose=entry["purpose"],
            rights_request=UUID(request) if request else None,
            by=by,
        )


def stop_digests(entry: Facts, by: Actor) -> None:
    with suppress(AlreadyErased):
        if Customer.objects.filter(pk=entry["customer"]).exists():
            never = Preference.Digests(entry["outcome"])
            choosing.choose_digests(customer=UUID(entry["customer"]), digests=never, by=by)


def end_access(entry: Facts, by: Actor) -> None:
    """End it for the same cause, whether it rested on an answer or on an exemption; an answer that the backup does not
    have closes as a no, and nothing reopens."""
    cause = EndCause(entry["details"].get("cause", EndCause.RESTORED))
    ending.restore_end(access_request=UUID(entry["object"]), cause=cause, by=by)
    exemptions.restore_exempted_end(exemption=UUID(entry["object"]), cause=cause, by=by)


def end_staff(entry: Facts, by: Actor) -> None:
    member = StaffMember.objects.filter(pk=entry["object"], ended_at=None).first()
    if member:
        staff_members.end_staff_membership(member=member, by=by)


def move_staff(entry: Facts, by: Actor) -> None:
    """Move a member again: who is an officer no longer must not be one after a restore."""
    member = StaffMember.objects.filter(pk=entry["object"], ended_at=None).first()
    if member:
        role, team = Role(entry["details"]["role"]), entry["details"]["team"]
        staff_members.move_staff_member(member=member, role=role, team=team, by=by)


def reapply_block(entry: Facts, by: Actor) -> None:
    """Place it again when the backup does not know it; the customer lifts it once more where it was."""
    if not has_record(entry):
        return
    details = entry["details"]
    member = UUID(details["member"]) if "member" in details else None
    kind, team = BlockKind(entry["outcome"]), details.get("team", "")
    blocking.place_block_again(customer=UUID(entry["customer"]), kind=kind, member=member, team=team, by=by)


def reapply_account_lock(entry: Facts, by: Actor) -> None:
    if Customer.objects.filter(pk=entry["customer"]).exists():
        locking.lock_account_again(user=UUID(entry["object"]), customer=UUID(entry["customer"]), by=by)


def reapply_end_of_acting(entry: Facts, by: Actor) -> None:
    with suppress(AlreadyErased):
        customer, user = UUID(entry["customer"]), UUID(entry["details"]["user"])
        representing.end_acting_again(customer=customer, user=user, by=by)


def reapply_code_cancellation(entry: Facts, by: Actor) -> None:
    """Act in the name of the officer who cancelled it; if the backup does not know them, the code stands."""
    officer = get_officer(entry["details"]["officer"])
    with suppress(Unknown, AlreadyErased):
        claiming.cancel_claim_code(claim_code=UUID(entry["object"]), officer=officer, by=by)


def place_hold(entry: Facts, by: Actor) -> None:
    with suppress(Unknown, AlreadyErased):  # opened after the backup, or erased once it was lifted
        holding.place_hold_again(
            hold=UUID(entry["object"]),
            customer=UUID(entry["customer"]),
            reason=LegalHold.Reason(entry["outcome"]),
            review_on=date.fromisoformat(entry["details"]["review_on"]),
            officer=entry["actor"],
            by=by,
        )


def lift_hold(entry: Facts, by: Actor) -> None:
    """Act in the name of the officer who lifted it; if the backup does not know them, the hold stands."""
    officer = get_officer(entry["actor"])
    with suppress(Unknown):
        holding.lift_hold(hold=UUID(entry["object"]), officer=officer, by=by)


def record_lost_text(entry: Facts, by: Actor) -> None:
    purpose = Purpose.objects.filter(code=entry["purpose"]).first()
    if purpose:
        moment = datetime.fromisoformat(entry["occurred_at"])
        publishing.record_lost_version(purpose=purpose, number=entry["details"]["number"], published_at=moment, by=by)


def reapply_retirement(entry: Facts, by: Actor) -> None:
    purpose = Purpose.objects.filter(code=entry["purpose"]).first()
    if purpose:
        publishing.retire_purpose_again(purpose=purpose, by=by)


def reapply_erasure(entry: Facts, by: Actor) -> None:
    accounts = {UUID(account) for account in entry["details"].get("accounts", [])}
    reason = Erasure.Reason(entry["outcome"])
    try:
        erasing.erase_customer_again(customer=UUID(entry["customer"]), reason=reason, accounts=accounts, by=by)
    except Unknown:  # opened after the backup: neither record nor key came back, but who signed in may have
        erasing.close_accounts_again(accounts=accounts, reference=entry["details"].get("reference", ""), by=by)


def reapply_withdrawn_request(entry: Facts, by: Actor) -> None:
    """Take a request back again, and with it what was proposed to fulfil it: else data could be deleted for it that its
    customer wants kept.

    Act in the name of the first teller, customer or officer; if the backup does not know them, the request stands.
    """
    request, teller = UUID(entry["object"]), replace(by, kind=entry["actor_kind"], id=entry["actor"])
    with suppress(Unknown, AlreadyAnswered):  # filed after the backup
        if entry["actor_kind"] == "staff":
            officer, told = get_officer(entry["actor"]), entry["details"]
            said_on, channel = date.fromisoformat(told["said_on"]), Channel(told["channel"])
            requester_actions.record_typed_withdrawal(
                rights_request=request, said_on=said_on, channel=channel, officer=officer, by=teller
            )
            return
        customer = UUID(entry["customer"])
        if not Acting.objects.filter(customer=customer, user=entry["actor"], ends_at=None).exists():
            raise LeftToPeople
        requester_actions.withdraw_request(rights_request=request, customer=customer, by=teller)


def reapply_partial_erasure(entry: Facts, by: Actor) -> None:
    """Erase again and restore the tombstones: the company's next list is passed over for those kinds."""
    told = entry["details"]
    with suppress(Unknown, AlreadyErased):  # opened after the backup; or gone whole by now
        rights_erasing.restore_partial_erasure(
            rights_request=UUID(told["request"]),
            customer=UUID(entry["customer"]),
            parts=Parts(told["deleted"], told["kept"]),
            law=told["law"],
            by=by,
        )


# Every event that closes something; a test holds it against the ledger's own list.
AGAIN: dict[str, Callable[[Facts, Actor], None]] = {
    "access_request.answered": end_access,
    "access_request.cancelled": end_access,
    "access_request.denied": end_access,
    "account.locked": reapply_account_lock,
    "acting.ended": reapply_end_of_acting,
    "block.placed": reapply_block,
    "claim_code.cancelled": reapply_code_cancellation,
    "consent.invalidated": reapply_invalidation,
    "consent.refused": reapply_withdrawal,
    "consent.withdrawn": reapply_withdrawal,
    "customer.erased": reapply_erasure,
    "customer.part_erased": reapply_partial_erasure,
    "digests.chosen": stop_digests,
    "grant.ended": end_access,
    "joint_consent.refused": reapply_joint_refusal,
    "legal_hold.lifted": lift_hold,
    "legal_hold.placed": place_hold,
    "limit.placed": reapply_mark,
    "objection.placed": reapply_mark,
    "purpose.retired": reapply_retirement,
    "purpose_version.published": record_lost_text,
    "restriction.placed": reapply_mark,
    "rights_request.withdrawn": reapply_withdrawn_request,
    "staff.ended": end_staff,
    "staff.moved": move_staff,
}
