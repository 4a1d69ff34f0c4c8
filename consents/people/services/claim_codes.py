"""Make codes on paper, with which a person takes a customer's place.

One officer proposes a code, another approves it, the first prints it: no officer alone can let somebody in.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import Refusal, get_or_refuse
from consents.law import ages
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import rules, selectors
from consents.people.models import Acting, ClaimCode, Customer, StaffMember
from consents.people.services.holding import OFFICERS, check_officer, lock_existing_customer
from consents.people.signals import claim_code_approved
from consents.people.two_officers.matters import ProposedMatter
from consents.people.two_officers.refusals import AlreadyDecided

CLAIM_CODE = ProposedMatter(
    model=ClaimCode,
    already_proposed=_("A code for this customer is already waiting for a second officer."),
    needs_second_officer=_("You proposed this code. Another officer must check it and approve it."),
    already_decided=_("This code is no longer waiting for approval."),
)


class AddressOnFileWorks(Refusal):
    sentence = _(
        "This customer signs in with the email address on file. A code is only for customers without an address of "
        "their own."
    )


class AlreadyClaimed(Refusal):
    sentence = _("Someone already signs in as this customer, so a code would not work.")


class NotAChild(Refusal):
    sentence = _("Only a child has a guardian here. This customer is old enough, or no birth date is on file.")


class AboutOneself(Refusal):
    sentence = _("This code would be about yourself. Two of your colleagues must do it.")


class NoHolderYet(Refusal):
    sentence = _("Nobody signs in as this customer yet. Let the customer in first, then whoever shares the account.")


class TooYoungToShare(Refusal):
    sentence = _("This customer is too young to share an account. A parent or guardian can act for them.")


class NobodyLeftToAnswer(Refusal):
    sentence = _(
        "Whoever stands for a code cannot answer this customer’s privacy requests, and no other officer would be left "
        "who can. Invite another officer first."
    )


class NotPrintable(Refusal):
    sentence = _(
        "This code cannot be printed: only the officer who proposed it can, once, within 14 days of the approval. "
        "Propose a new one."
    )


@transaction.atomic
def propose_claim_code(
    *, customer: UUID, capacity: Acting.Capacity = Acting.Capacity.SELF, officer: StaffMember, by: Actor
) -> ClaimCode:
    """Propose a code, as the first of two officers, after checking who will get it.

    It is only for a customer whom the address on file cannot let in, because there is none or another record shares it.
    A guardian's code is for a child below the age of its country (GDPR Art 8(2)); a further holder's for an account
    that somebody of age holds. Raises NotAnOfficer, Unknown, AlreadyErased, AboutOneself, AddressOnFileWorks,
    AlreadyClaimed, NotAChild, NoHolderYet, TooYoungToShare, AlreadyProposed, NobodyLeftToAnswer.
    """
    check_officer(officer, OFFICERS)
    lock_existing_customer(customer)
    check_can_stand_for(customer, capacity, officer)
    CLAIM_CODE.check_not_proposed(customer=customer, capacity=capacity)
    check_another_can_approve(customer, officer)
    code = ClaimCode.objects.create(customer_id=customer, capacity=capacity, proposed_by=officer.user)
    append_code_entry("claim_code.proposed", code, officer, by)
    return code


@transaction.atomic
def approve_claim_code(*, claim_code: UUID, officer: StaffMember, by: Actor) -> ClaimCode:
    """Approve a code, as the second officer: it can be printed and used for 14 days. Repeating it changes nothing.

    Everybody who acts for the customer is told, and the address on file. Raises NotAnOfficer, Unknown, AlreadyErased,
    AlreadyDecided, NeedsSecondOfficer, AboutOneself, AddressOnFileWorks, AlreadyClaimed, NotAChild, NoHolderYet,
    TooYoungToShare, NobodyLeftToAnswer.
    """
    check_officer(officer, OFFICERS)
    code = lock_claim_code(claim_code)

    def check(code: ClaimCode) -> None:
        check_can_stand_for(code.customer_id, Acting.Capacity(code.capacity), officer)
        if not selectors.list_officers_free_to_answer(code.customer_id, {officer.pk, code.proposed_by_id}):
            raise NobodyLeftToAnswer
        code.ends_at = clock.now() + rules.CLAIM_CODE_LIFETIME

    if not CLAIM_CODE.decide(code, is_approved=True, officer=officer, check=check, more=["ends_at"]):
        return code
    append_code_entry("claim_code.approved", code, officer, by)
    claim_code_approved.send(sender=ClaimCode, claim_code=code)
    return code


@transaction.atomic
def print_claim_code(*, claim_code: UUID, officer: StaffMember, token: UUID | None = None, by: Actor) -> str:
    """Return the code to hand over on paper; only its keyed hash is kept.

    The code follows from the token of the form, so that a form sent twice shows the same code. Raises NotAnOfficer,
    Unknown, AlreadyErased, NotPrintable."""
    check_officer(officer, OFFICERS)
    printed = lock_claim_code(claim_code)
    seed = f"{officer.pk} {printed.pk} {token or uuid4()}"
    # The code that follows from this, and those that did before an index key was added.
    hashes = sealing.list_keyed_hashes(settings.KEYRING, "claim code", seed)
    derived = [rules.build_claim_code(hashed) for hashed in hashes]
    for code in derived:
        if printed.code_hash and bytes(printed.code_hash) in list_claim_code_hashes(code):
            return code
    is_over = not printed.ends_at or printed.ends_at <= clock.now() or printed.cancelled_at
    if is_over or printed.code_hash or printed.proposed_by_id != officer.pk:
        raise NotPrintable
    code = derived[0]
    printed.code_hash = list_claim_code_hashes(code)[0]
    printed.save(update_fields=["code_hash"])
    append_code_entry("claim_code.printed", printed, officer, by)
    return code


@transaction.atomic
def cancel_claim_code(*, claim_code: UUID, officer: StaffMember, by: Actor) -> ClaimCode:
    """Cancel a proposal, or a code that no one has used; any officer may. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, AlreadyErased, AlreadyDecided.
    """
    check_officer(officer, OFFICERS)
    code = lock_claim_code(claim_code)
    if code.cancelled_at:
        return code
    if code.used_at:
        raise AlreadyDecided(CLAIM_CODE.already_decided)
    code.cancelled_by, code.cancelled_at = officer.user, clock.now()
    code.save(update_fields=["cancelled_by", "cancelled_at"])
    append_code_entry("claim_code.cancelled", code, officer, by)
    return code


def lock_claim_code(claim_code: UUID) -> ClaimCode:
    """Lock the customer and the code, and return it. Raises Unknown, AlreadyErased."""
    customer = get_or_refuse(ClaimCode.objects.filter(pk=claim_code).values_list("customer_id", flat=True))
    lock_existing_customer(customer)
    return ClaimCode.objects.select_for_update(of=("self",), no_key=True).get(pk=claim_code)


def append_code_entry(event: str, code: ClaimCode, officer: StaffMember, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        customer=code.customer_id,
        object_type="claim_code",
        object=code.pk,
        outcome=code.capacity,
        details={"officer": str(officer.pk)},
    )


def check_can_stand_for(customer_id: UUID, capacity: Acting.Capacity, officer: StaffMember) -> None:
    """Raises Unknown, AboutOneself, and what may not be for this capacity."""
    customer = get_or_refuse(Customer.objects.filter(pk=customer_id))
    acted = Acting.objects.filter(customer=customer_id, user=officer.pk).exists()
    if acted or selectors.is_address_hash(customer.address_hash, officer.user.email):
        raise AboutOneself
    {
        Acting.Capacity.GUARDIAN: check_is_child,
        Acting.Capacity.HOLDER: check_account_shareable,
    }.get(capacity, check_needs_code)(customer)


def check_another_can_approve(customer: UUID, officer: StaffMember) -> None:
    """Raise NobodyLeftToAnswer unless some colleague can approve the code so that an officer is left who can answer."""
    free = {member.pk for member in selectors.list_officers_free_to_answer(customer, {officer.pk})}
    approvers = StaffMember.objects.filter(role__in=OFFICERS, ended_at=None).exclude(pk=officer.pk)
    if not any(free - {approver} for approver in approvers.values_list("pk", flat=True)):
        raise NobodyLeftToAnswer


def check_is_child(customer: Customer) -> None:
    """Raises NotAChild."""
    if not is_child(customer, clock.now()):
        raise NotAChild


def check_account_shareable(customer: Customer) -> None:
    """Raises TooYoungToShare, NoHolderYet."""
    if is_child(customer, clock.now()):
        raise TooYoungToShare
    if not selectors.is_claimed(customer.pk):
        raise NoHolderYet


def check_needs_code(customer: Customer) -> None:
    """Raises AlreadyClaimed, AddressOnFileWorks."""
    if selectors.is_claimed(customer.pk):
        raise AlreadyClaimed
    if selectors.is_address_unique(customer):
        raise AddressOnFileWorks


def list_claim_code_hashes(code: str) -> list[bytes]:
    """Return the keyed hashes that this code may be kept as, newest first."""
    return sealing.list_keyed_hashes(settings.KEYRING, "claim", rules.normalize_claim_code(code))


def is_child(customer: Customer, now: datetime) -> bool:
    """Return True below the age at which a person can consent alone where they live."""
    return ages.is_below_age(customer.born_on, customer.country, now.date())
