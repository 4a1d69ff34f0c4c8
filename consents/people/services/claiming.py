"""Make codes on paper, with which a person takes a customer's place.

One officer proposes a code, another approves it, the first prints it: no officer alone can let somebody in.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import NotPermitted, NotValid, Refusal, get_or_refuse
from consents.law import clocks
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import rules, selectors
from consents.people.models import Acting, ClaimCode, Customer, StaffMember, User
from consents.people.services.customer_records import save_address
from consents.people.services.holding import OFFICERS, check_officer, lock_existing_customer
from consents.people.signals import acting_changed, claim_code_approved
from consents.people.two_officers.matters import ProposedMatter
from consents.people.two_officers.refusals import AlreadyDecided

# Connect a user to the record of the customer they are, or act for: on arrival, or with a printed code.


class InvalidClaimCode(NotValid):
    sentence = _("This code does not work. Check it, or call us for a new one.")


@transaction.atomic
def match_user_to_record(*, user: User, by: Actor) -> Customer | None:
    """Connect a verified user who has no record yet with theirs: the one unclaimed record with their address on file.

    Returns None if no record has the address, or several, or someone else has claimed it. Also None for an account that
    was closed meanwhile.
    """
    appending.lock_people(user.pk)
    arriving = selectors.lock_open_user(user)
    if arriving is None or hasattr(user, "staff_member") or Acting.objects.filter(user=user, ends_at=None).exists():
        return None
    customers = list(selectors.select_by_address(arriving.email)[:2])
    if len(customers) != 1:
        return None
    appending.lock_people(customers[0].id)
    if selectors.is_claimed(customers[0].id):
        return None
    return begin_acting(arriving, customers[0], "record.claimed", by)


def begin_acting(
    user: User,
    customer: Customer,
    event: str,
    by: Actor,
    capacity: Acting.Capacity = Acting.Capacity.SELF,
    **details: str,
) -> Customer:
    acting = Acting.objects.create(user=user, customer=customer, capacity=capacity)
    appending.append_entry(
        event=event,
        by=by,
        customer=customer.id,
        object_type="customer",
        object=customer.id,
        details={"user": str(user.pk), **details},
    )
    acting_changed.send(sender=Acting, acting=acting)
    return customer


@transaction.atomic
def claim_record_by_code(*, user: User, code: str, by: Actor) -> Customer:
    """Connect a user to the record the code was printed for. Raises InvalidClaimCode for every reason alike.

    A user who signs in as a customer already cannot claim another record, but may come to share one.
    """
    appending.lock_people(user.pk)
    if selectors.lock_open_user(user) is None:
        raise InvalidClaimCode
    claim = ClaimCode.objects.filter(code_hash__in=list_claim_code_hashes(code)).first()
    if claim is None or hasattr(user, "staff_member"):
        raise InvalidClaimCode
    appending.lock_people(claim.customer_id)
    claim = ClaimCode.objects.select_for_update(of=("self",), no_key=True).filter(pk=claim.pk).first()
    now = clock.now()
    if claim is None or not is_usable(claim, now):
        raise InvalidClaimCode
    customer, capacity = Customer.objects.get(pk=claim.customer_id), Acting.Capacity(claim.capacity)
    if not MAY_COME_IN[capacity](user, customer, now):
        raise InvalidClaimCode
    claim.used_by, claim.used_at = user, now
    claim.save(update_fields=["used_by", "used_at"])
    if capacity == Acting.Capacity.SELF and customer.address_hash is None:
        save_address(customer=customer.id, email=user.email)
    return begin_acting(user, customer, CAME_IN[capacity], by, capacity, claim_code=str(claim.pk))


class NobodysReference(NotPermitted):
    sentence = _("We could not find your record with this sign-in. Please call us.")


@transaction.atomic
def claim_record_by_reference(*, user: User, reference: str, by: Actor) -> Customer:
    """Connect a new user to the record of the company's own number, which a provider we trust has vouched for.

    Repeating it changes nothing. Raises NobodysReference for every reason alike.
    """
    appending.lock_people(user.pk)
    customer = Customer.objects.filter(reference=reference, erased_at=None).first()
    if customer is None or selectors.lock_open_user(user) is None or hasattr(user, "staff_member"):
        raise NobodysReference
    appending.lock_people(customer.pk)
    if Acting.objects.filter(user=user, customer=customer, capacity=Acting.Capacity.SELF, ends_at=None).exists():
        return customer
    if not may_claim_record(user, customer, clock.now()):
        raise NobodysReference
    if customer.address_hash is None:
        save_address(customer=customer.id, email=user.email)
    return begin_acting(user, customer, "record.claimed", by)


def is_usable(claim: ClaimCode, now: datetime) -> bool:
    return claim.used_at is None and claim.cancelled_at is None and claim.ends_at is not None and now < claim.ends_at


def may_claim_record(user: User, customer: Customer, now: datetime) -> bool:
    """Return False once the record is claimed: of two codes for it, the first one used wins."""
    return not is_customer(user) and not selectors.is_claimed(customer.id)


def may_become_guardian(user: User, customer: Customer, now: datetime) -> bool:
    return is_child(customer, now) and not acts_already(user, customer)


def may_become_holder(user: User, customer: Customer, now: datetime) -> bool:
    return not is_child(customer, now) and selectors.is_claimed(customer.id) and not acts_already(user, customer)


def acts_already(user: User, customer: Customer) -> bool:
    return Acting.objects.filter(user=user, customer=customer, ends_at=None).exists()


MAY_COME_IN = {
    Acting.Capacity.SELF: may_claim_record,
    Acting.Capacity.HOLDER: may_become_holder,
    Acting.Capacity.GUARDIAN: may_become_guardian,
}
CAME_IN = {  # the events of it
    Acting.Capacity.SELF: "record.claimed",
    Acting.Capacity.HOLDER: "holder.joined",
    Acting.Capacity.GUARDIAN: "guardian.accepted",
}


def is_customer(user: User) -> bool:
    """Return True if the user signs in as a customer, and not only for others."""
    return Acting.objects.filter(user=user, capacity=Acting.Capacity.SELF, ends_at=None).exists()


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
    return clocks.is_below_age(customer.born_on, customer.country, now.date())
