"""Describe erasures and legal holds to officers. Decides nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format as day_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.core import clock
from consents.core.durations import format_local_moment
from consents.core.signal_answers import collect_answers
from consents.people import selectors
from consents.people.models import ClaimCode, Erasure, LegalHold, Role, StaffMember, StaffProposal, User
from consents.people.selectors import is_placed_by_directory
from consents.people.services.erasing import UnderLegalHold
from consents.people.services.staff_members import needs_second_officer
from consents.people.signals import erasure_previewed, erasure_reviewed


def list_erasure_effects() -> list[str]:
    """List what every erasure removes."""
    return [
        _("All personal data in the vault becomes unreadable and is removed: the customer’s key is destroyed."),
        _("Customer number, email address, country and language are removed; nothing leads back to the person."),
        _("Their account closes and they are signed out everywhere, unless they act for someone else."),
        _("Waiting emails to them are stopped. One last email confirms the erasure to them."),
    ]


def list_room_effects(customer: UUID) -> list[str]:
    """List what ends for this customer, as the rooms above tell it."""
    return collect_answers(erasure_previewed, customer=customer)


def list_erasure_basis(erasure: Erasure) -> list[tuple[str, Any]]:
    """List what asks for this erasure, as the rooms above tell it: only for one that a request asks for."""
    if erasure.reason != Erasure.Reason.REQUESTED:
        return []
    return collect_answers(erasure_reviewed, customer=erasure.customer_id)


def list_kept_data() -> list[tuple[str, str]]:
    """List (what is kept, why and how long), all of it under the random number alone."""
    return [
        (
            _("The ledger: what was asked, answered, opened and ended, and this erasure"),
            _("We must be able to prove it (GDPR Art 5(2), 7(1)). It names the customer by a random number."),
        ),
        (
            _("Access requests and their answers as they were filed"),
            _("Records of requests are kept for at least 24 months. What the customer wrote can no longer be read."),
        ),
        (
            _("Who in the company asked, looked and decided"),
            _("The proof would be worthless without it."),
        ),
        (
            _("A keyed hash of the customer number"),
            _("Your company’s next list must not bring the customer back. The hash reveals neither number nor person."),
        ),
    ]


def describe_legal_hold(customer: UUID) -> str:
    """Say why an erasure must wait, and until when at least; empty without a hold."""
    hold = selectors.select_legal_holds(customer).first()
    return str(UnderLegalHold(hold)) if hold else ""


def describe_record_state(record: Erasure | LegalHold | ClaimCode) -> tuple[str, str]:
    """Return (tone, word)."""
    if isinstance(record, ClaimCode):
        return describe_claim_code_state(record, clock.now())
    if isinstance(record, LegalHold):
        return ("no", pgettext("hold", "Lifted")) if record.lifted_at else ("wait", pgettext("hold", "Stands"))
    if record.done_at:
        return "yes", pgettext("erasure", "Done")
    return (
        ("no", pgettext("erasure", "Cancelled")) if record.cancelled_at else ("wait", _("Waiting for a second officer"))
    )


def list_erasure_facts(erasure: Erasure) -> list[tuple[str, Any]]:
    facts = [
        (_("Customer"), erasure.customer_id),
        (_("Why"), capfirst(erasure.get_reason_display())),
        (_("Proposed by"), describe_user(erasure.proposed_by)),
        (_("Proposed"), format_local_moment(erasure.proposed_at)),
        (_("Confirmed by"), describe_user(erasure.confirmed_by)),
        (_("Erased"), format_local_moment(erasure.done_at)),
        (_("Repeated after a restore, from entry"), erasure.original and bytes(erasure.original).hex()),
        (_("Cancelled by"), describe_user(erasure.cancelled_by) or (erasure.cancelled_at and _("the customer"))),
        (_("Cancelled"), format_local_moment(erasure.cancelled_at)),
    ]
    return [(label, value) for label, value in facts if value]


def describe_claim_code_state(code: ClaimCode, now: datetime) -> tuple[str, str]:
    """Return (tone, word)."""
    if code.cancelled_at:
        return "no", pgettext("claim code", "Cancelled")
    if code.used_at:
        return "yes", pgettext("claim code", "Used")
    if code.ends_at is None:
        return "wait", _("Waiting for a second officer")
    if code.ends_at <= now:
        return "no", pgettext("claim code", "Expired")
    return ("yes", pgettext("claim code", "Printed")) if code.code_hash else ("wait", _("Approved, not printed yet"))


def list_claim_code_facts(code: ClaimCode) -> list[tuple[str, Any]]:
    facts = [
        (_("Customer"), code.customer_id),
        (_("Who gets the code"), capfirst(code.get_capacity_display())),
        (_("Proposed by"), describe_user(code.proposed_by)),
        (_("Proposed"), format_local_moment(code.proposed_at)),
        (_("Approved by"), describe_user(code.approved_by)),
        (_("Approved"), format_local_moment(code.approved_at)),
        (_("Works until"), format_local_moment(code.ends_at)),
        (_("Used"), format_local_moment(code.used_at)),
        (_("Used by"), code.used_by and selectors.mask_address(code.used_by.email)),
        (_("Cancelled by"), describe_user(code.cancelled_by)),
        (_("Cancelled"), format_local_moment(code.cancelled_at)),
    ]
    return [(label, value) for label, value in facts if value]


def list_hold_facts(hold: LegalHold) -> list[tuple[str, Any]]:
    facts = [
        (_("Customer"), hold.customer_id),
        (_("Why it must be kept"), capfirst(hold.get_reason_display())),
        (_("Case or file number"), hold.document),
        (_("Review on"), day_format(hold.review_on)),
        (_("Placed by"), describe_user(hold.placed_by)),
        (_("Placed"), format_local_moment(hold.placed_at)),
        (_("Repeated after a restore, from entry"), hold.original and bytes(hold.original).hex()),
        (_("Lifted by"), describe_user(hold.lifted_by)),
        (_("Lifted"), format_local_moment(hold.lifted_at)),
    ]
    return [(label, value) for label, value in facts if value]


def describe_user(user: User | None) -> str:
    return user.get_full_name() if user else ""


def list_officers_kept_apart(code: ClaimCode, officer: User) -> list[str]:
    """Say, to the officer about to approve a code, who can then answer the customer's privacy requests, and who not."""
    free = selectors.list_officers_free_to_answer(code.customer_id, {code.proposed_by_id, officer.pk})
    names = {"you": officer.first_name, "first": code.proposed_by.first_name}
    others = ", ".join(str(member) for member in free)
    return [
        _("Neither you (%(you)s) nor %(first)s will be able to answer this customer’s privacy requests.") % names,
        _("Who still can: %(others)s.") % {"others": others}
        if others
        else _("No other officer would be left who can."),
    ]


def list_answering_officers(code: ClaimCode) -> list[tuple[str, Any]]:
    if code.cancelled_at:
        return []
    free = selectors.list_officers_free_to_answer(code.customer_id, {code.proposed_by_id})
    return [(_("Can answer their privacy requests"), ", ".join(str(member) for member in free) or "–")]


# Describe colleagues, and changes of their rights, to officers. Decides nothing.


def describe_factor(has_factor: bool) -> str:
    return _("Set up") if has_factor else _("Not set up")


def describe_last_sign_in(member: StaffMember) -> str:
    return format_local_moment(member.user.last_login) if member.user.last_login else _("Never")


def describe_member_state(member: StaffMember) -> tuple[str, str]:
    """Return tone and word of whether they work here."""
    return ("no", _("Ended")) if member.ended_at else ("yes", _("Works here"))


def describe_manager(manager: StaffMember | None) -> str:
    if manager is None:
        return "–"
    name = manager.user.get_full_name()
    return _("%(name)s, who has left") % {"name": name} if manager.ended_at else name


def list_member_facts(member: StaffMember, factor: str) -> list[tuple[str, Any]]:
    facts = [
        (_("Email address"), member.user.email),
        (_("Role"), capfirst(Role(member.role).label)),
        (_("Team"), member.team),
        (_("Staff number"), member.number or "–"),
        (_("Manager"), describe_manager(member.manager)),
        (_("Works here since"), format_local_moment(member.started_at)),
        (_("Last sign-in"), describe_last_sign_in(member)),
        (_("Second factor"), factor),
    ]
    if member.ended_at:
        facts += [(_("Ended"), format_local_moment(member.ended_at))]
    if is_placed_by_directory(member.pk):
        facts += [(_("Role and team"), _("Told by the company’s directory. Change them there."))]
    return facts


def describe_staff_change(change: StaffProposal) -> str:
    """Describe what the colleague would become or get."""
    if change.kind == StaffProposal.Kind.FACTORS:
        return str(capfirst(change.get_kind_display()))
    return _("Becomes %(role)s, team %(team)s") % {"role": Role(change.role).label, "team": change.team}


def describe_staff_change_state(change: StaffProposal) -> tuple[str, str]:
    """Return tone and word of its state."""
    if change.approved_at:
        return "yes", _("Approved")
    return ("no", _("Cancelled")) if change.cancelled_at else ("wait", _("Waits for another officer"))


def list_staff_change_facts(change: StaffProposal) -> list[tuple[str, Any]]:
    member = change.member
    now = _("%(role)s, team %(team)s") % {"role": Role(member.role).label, "team": member.team}
    facts = [
        (_("Colleague"), f"{member.user.get_full_name()} · {member.user.email}"),
        (_("Place now"), capfirst(now)),
        (capfirst(_("change")), describe_staff_change(change)),
        (_("Last sign-in"), describe_last_sign_in(member)),
        (_("Proposed by"), describe_user(change.proposed_by)),
        (_("Proposed"), format_local_moment(change.proposed_at)),
        (_("Approved by"), describe_user(change.approved_by)),
        (_("Approved"), format_local_moment(change.approved_at)),
        (_("Cancelled by"), describe_user(change.cancelled_by)),
        (_("Cancelled"), format_local_moment(change.cancelled_at)),
    ]
    return [(label, value) for label, value in facts if value]


def list_place_effects(member: StaffMember) -> list[str]:
    """List what changes with another role or team."""
    return [
        _("It counts from %(name)s’s next click. They are told by email.") % {"name": member.user.first_name},
        _("What they asked for, and what customers allowed them, ends: it was for their earlier work."),
        _("An officer is made by two: the change then waits for another officer."),
    ]


def describe_place_outcome(member: StaffMember, role: Role) -> str:
    """Say whether the change counts now or waits."""
    waits = needs_second_officer(member, role)
    return _("It waits for another officer. Until then nothing changes.") if waits else _("Done. It counts now.")


def list_manager_effects() -> list[str]:
    return [
        _("Where a purpose asks for it, the manager must agree before a customer learns of a request."),
        _("Requests that are waiting already will wait for the new manager. No one else is told."),
    ]
