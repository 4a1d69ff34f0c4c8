"""Find people by exact matches alone; there is no list to browse."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from consents.core import clock, sealing
from consents.people import keys, rules
from consents.people.models import (
    Acting,
    ClaimCode,
    Customer,
    DirectoryPerson,
    Erasure,
    JointAssent,
    LegalHold,
    Role,
    StaffMember,
    StaffProposal,
    User,
)
from consents.people.two_officers.models import OPEN

# The portal's own check (ops.monitoring.self_check) acts as this customer, whom exports and charts leave out. No one
# can sign up with the address: nothing under .invalid receives email (RFC 2606).
MADE_UP_ADDRESS = "self-check@made-up.invalid"
MADE_UP_CUSTOMER = f"""(SELECT made_up.customer_id FROM people_acting AS made_up
    JOIN people_user AS their_user ON their_user.id = made_up.user_id
    WHERE their_user.email = '{MADE_UP_ADDRESS}' LIMIT 1)"""
# Plain SQL: every act of a customer ends with it.
REAL_CUSTOMER = """
SELECT c.*, EXISTS (
    SELECT FROM people_acting AS a WHERE a.customer_id = c.id AND a.capacity = 'holder' AND a.ends_at IS NULL
) AS is_shared
FROM people_customer AS c
WHERE c.id = %s AND NOT EXISTS (
    SELECT FROM people_acting AS a JOIN people_user AS u ON u.id = a.user_id
    WHERE a.customer_id = c.id AND u.email = %s
)
"""
# Thousands at once go as one array: a parameter for each costs more than the search.
FIND_ERASED = "SELECT hash FROM people_erasedreference WHERE hash = ANY(%b::bytea[])"
WAIT_FOR_FORMS = """
SELECT pg_advisory_xact_lock(3, shared)
FROM (SELECT DISTINCT hashtext(id::text) & 1023 AS shared FROM unnest(%s::uuid[]) AS id ORDER BY 1) AS locks
"""


class MayConsentAlone(Func):
    """Ask the database, by its clock and its table of ages."""

    function = "portal.may_consent_alone"
    arity = 1
    output_field = BooleanField()


def hash_address(email: str) -> bytes:
    """Return the keyed hash by which an address is found, with the newest index key."""
    return sealing.compute_keyed_hash(settings.KEYRING, "address", rules.normalize_address(email))


def hash_normal_addresses(addresses: Iterable[str]) -> list[bytes]:
    """Do what `hash_address` does for many, which are in the one spelling of `normalize_address` already."""
    return sealing.compute_keyed_hashes(settings.KEYRING, "address", addresses)


def list_address_hashes(email: str) -> list[bytes]:
    """Return every keyed hash that this address may be on file under, newest first: a rotation moves them in time."""
    return sealing.list_keyed_hashes(settings.KEYRING, "address", rules.normalize_address(email))


def is_address_hash(hashed: bytes | memoryview | None, email: str) -> bool:
    """Return True if this is the keyed hash of the address."""
    return sealing.is_keyed_hash(settings.KEYRING, "address", rules.normalize_address(email), hashed)


def choose_address_hash(hashes: Sequence[bytes]) -> bytes:
    """Return that of an address's hashes, newest first, under which a customer has it on file; else the newest.

    What is kept of an address elsewhere is found beside the customer also while a rotation moves one after the other.
    """
    if len(hashes) == 1:
        return hashes[0]
    kept = Customer.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True).first()
    return bytes(kept) if kept else hashes[0]


def select_by_address(email: str) -> QuerySet[Customer]:
    """Select the customers with this address on file (by keyed hash)."""
    return Customer.objects.filter(address_hash__in=list_address_hashes(email))


def hash_reference(reference: str) -> bytes:
    """Return the keyed hash by which an erased reference is recognised."""
    return sealing.compute_keyed_hash(settings.KEYRING, "erased reference", reference)


def find_erased_references(references: Collection[str]) -> set[str]:
    """Return those references that belonged to erased customers."""
    if not references:
        return set()
    hashes = {
        hashed: reference
        for reference in references
        for hashed in sealing.list_keyed_hashes(settings.KEYRING, "erased reference", reference)
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND_ERASED, [list(hashes)])
        return {hashes[bytes(hash)] for (hash,) in cursor.fetchall()}


def select_by_references(references: Collection[str]) -> QuerySet[Customer]:
    """Select the customers with exactly these references, each with their key."""
    return Customer.objects.filter(reference__in=references).select_related("key")


def find_customers(text: str) -> list[Customer]:
    """Find customers with exactly this reference or address; at most two, enough to tell "one" from "several"."""
    return list(Customer.objects.filter(Q(reference=text.strip()) | Q(address_hash__in=list_address_hashes(text)))[:2])


def is_claimed(customer: UUID) -> bool:
    """Return True if someone signs in as this customer."""
    return select_holdings().filter(customer_id=customer).exists()


def select_holdings() -> QuerySet[Acting]:
    """Select what makes users holders now: of their own record, or of one that they share."""
    return Acting.objects.filter(capacity__in=Acting.HOLDING, ends_at=None)


def list_holders(customer: UUID) -> list[Acting]:
    """List the holders of a record, with their users, the customer first; several share the account."""
    return list(select_holdings().filter(customer=customer).select_related("user").order_by("-capacity", "id"))


def list_required_holders(customer: UUID, holder: UUID | None) -> frozenset[UUID]:
    """List the other holders whose yes is needed beside this one's: none where one yes is enough, or nobody shares."""
    deciding = select_holdings().filter(customer=customer, customer__yes_of=Customer.YesOf.ALL)
    users = frozenset(deciding.values_list("user_id", flat=True))
    return users - {holder} if len(users) > 1 else frozenset()


def select_joint_assents(customer: Any) -> QuerySet[JointAssent]:
    """Select what single holders of a shared account have said yes to, and what counts now; the first one first."""
    is_fresh = ~Q(matter=JointAssent.Matter.CONSENT) | Q(given_at__gt=clock.DatabaseNow() - rules.ASSENT_COUNTS_FOR)
    return JointAssent.objects.filter(is_fresh, customer=customer, ended_at=None).order_by("given_at", "pk")


def list_still_holding(actings: Iterable[Acting]) -> list[Acting]:
    return [acting for acting in actings if acting.is_holding and acting.ends_at is None]


def name_holder(acting: Acting) -> str:
    """Return how the other holders recognise this one."""
    return mask_address(acting.user.email)


def get_acting_on_file(user: User) -> Acting | None:
    """Return the part of this user whose address is the one on file: the customer, or who holds the record alone."""
    others = select_holdings().filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    own = select_holdings().filter(user=user).exclude(Q(Exists(others), capacity=Acting.Capacity.HOLDER))
    return own.order_by("-capacity", "id").first()


def select_live_actings() -> QuerySet[Any]:
    """Select the parts in which users act now, with `is_of_age` of the customer, who may have grown up."""
    live = Q(ends_at=None) | Q(ends_at__gt=clock.DatabaseNow())
    begun = Acting.objects.filter(live, starts_at__lte=clock.DatabaseNow())
    return begun.annotate(is_of_age=MayConsentAlone("customer"))


def has_acting_user(customer: UUID) -> bool:
    """Return True if someone who signs in may act for this customer now: the customer or a representative."""
    actings = select_live_actings().filter(customer=customer)
    return actings.exclude(capacity=Acting.Capacity.GUARDIAN, is_of_age=True).exists()


def list_actings(user: User) -> list[Acting]:
    """List everyone this user may act for now, themself first; a guardian's right ends when the child comes of age."""
    return leave_out_grown_up(select_actings(user.pk))


def select_actings(user: UUID) -> QuerySet[Acting]:
    """Select the parts in which this user acts now, with their customers and whether these have grown up."""
    return select_live_actings().filter(user=user).select_related("customer").order_by("-capacity", "id")


def leave_out_grown_up(actings: Iterable[Any]) -> list[Acting]:
    return [acting for acting in actings if not (acting.capacity == Acting.Capacity.GUARDIAN and acting.is_of_age)]


def get_acting_for(user: User, customer: UUID) -> Acting | None:
    """Return the part in which this user may act for this customer now."""
    return next((acting for acting in list_actings(user) if acting.customer_id == customer), None)


def list_acting_users(customer: UUID) -> list[Acting]:
    """List everyone who may act for this customer now, with their users, the customer first."""
    live = Acting.objects.filter(customer=customer, ends_at=None, user__closed_at=None)
    actings = live.annotate(is_of_age=MayConsentAlone("customer")).select_related("user")
    return leave_out_grown_up(actings.order_by("-capacity", "id"))


def may_consent_alone(customer: UUID) -> bool:
    actings = Customer.objects.filter(pk=customer).annotate(is_of_age=MayConsentAlone("pk"))
    return bool(actings.values_list("is_of_age", flat=True).first())


def select_open_claim_codes() -> QuerySet[ClaimCode]:
    """Select the claim codes that wait for a second officer."""
    return ClaimCode.objects.filter(OPEN)


def list_usable_claim_codes(customer: UUID, now: datetime) -> list[ClaimCode]:
    """List the codes with which somebody could begin to act for this customer."""
    return list(ClaimCode.objects.filter(customer=customer, used_at=None, cancelled_at=None, ends_at__gt=now))


def list_used_claim_codes(customer: UUID) -> list[ClaimCode]:
    """List the codes with which somebody began to act for this customer, with the officers who stand for them."""
    used = ClaimCode.objects.filter(customer=customer, used_at__isnull=False)
    return list(used.select_related("proposed_by", "approved_by").order_by("used_at"))


def has_stood_for(officer: UUID, customer: UUID) -> bool:
    """Return True if this officer proposed or approved a code with which somebody could act for the customer."""
    stood = Q(proposed_by=officer) | Q(approved_by=officer)
    return ClaimCode.objects.filter(stood, customer=customer, approved_at__isnull=False).exists()


def mask_address(email: str) -> str:
    """Return enough of an address for those who know it to recognise it: two letters and what follows the @."""
    local, _, domain = email.rpartition("@")
    return f"{local[:2]}•••@{domain}"


def name_others(customer: UUID, viewer: User) -> dict[str, str]:
    """Name everybody else who acts or has acted for this customer, by user id, for histories that the viewer reads."""
    return map_others(select_others(customer, viewer.pk))


def select_others(customer: UUID, viewer: UUID) -> QuerySet[Acting]:
    """Select in which parts everybody else acts or has acted for this customer."""
    sharing = Acting.objects.filter(customer=OuterRef("customer"), capacity=Acting.Capacity.HOLDER)
    others = Acting.objects.filter(customer=customer).exclude(user=viewer).annotate(is_shared=Exists(sharing))
    return others.select_related("user").order_by("id")


def map_others(actings: Iterable[Any]) -> dict[str, str]:
    return {
        str(acting.user_id): f"{describe_part(acting, is_shared=acting.is_shared)} {mask_address(acting.user.email)}"
        for acting in actings
    }


def describe_part(acting: Acting, *, is_shared: bool) -> str:
    """Describe in which part somebody acts; of a shared account nobody is more its customer than another."""
    is_joint = acting.is_holding and is_shared
    return str((Acting.Capacity.HOLDER if is_joint else Acting.Capacity(acting.capacity)).label)


def find_real_customer(customer: UUID) -> Customer | None:
    """Return the customer with `is_shared`; None for the one whom the portal made up for its own check: nobody reads
    its email."""
    return next(iter(Customer.objects.raw(REAL_CUSTOMER, [customer, MADE_UP_ADDRESS])), None)


def get_acting(user: User) -> Acting | None:
    """Return the part in which this user acts until they choose another: for themself, if they can."""
    return get_chosen_acting(list_actings(user), None)


def get_chosen_acting(actings: list[Acting], chosen: int | None) -> Acting | None:
    """Return the chosen part if it is still one of them, else the first."""
    return next((acting for acting in actings if acting.pk == chosen), actings[0] if actings else None)


def open_address(customer: Customer) -> str:
    """Return the address to write to, or '' if there is none. For email, and for the customer's own copy."""
    if customer.sealed_address is None or customer.address_hash is None:
        return ""
    place = get_address_place(customer.id, bytes(customer.address_hash))
    return sealing.open_value(keys.open_customer_key(customer.id), bytes(customer.sealed_address), *place).decode()


def get_address_place(customer: UUID, address_hash: bytes) -> tuple[str, ...]:
    """Return what a sealed address is bound to: its customer, and the hash that it is found by."""
    return (str(customer), "address", address_hash.hex())


def get_spoken_name(acting: Acting) -> str:
    """Return the name of the customer in sentences to a representative: theirs, else the number; '' to a holder."""
    if acting.is_holding:
        return ""
    number = rules.normalize_spoken_name(acting.customer.reference or "")
    by_number = number if rules.is_spoken_name(number) else str(acting.customer_id)[:8].upper()
    return get_chosen_name(acting) or by_number


def name_choice(acting: Acting) -> str:
    """Name whom a user may act for where they choose between several: in the words of a list."""
    if acting.capacity == Acting.Capacity.HOLDER:
        return _("the account you share, customer %(number)s") % {"number": acting.customer.reference or "–"}
    return get_spoken_name(acting) or _("yourself")


def get_chosen_name(acting: Acting) -> str:
    """Return the name that the representative chose, else ''. An email may name the customer by this one alone."""
    name = keys.open_spoken_name(acting)
    return name if rules.is_spoken_name(name) else ""


def get_held_customer(user: User) -> Customer | None:
    """Return the record this user holds, their own before one they share; None for representatives and staff."""
    held = select_holdings().filter(user=user).select_related("customer").order_by("-capacity", "id").first()
    return held.customer if held else None


def get_guardian_acting(customer: Customer) -> Acting | None:
    """Return the part of who gets the email of a child without an address on file: the earliest guardian's."""
    if customer.address_hash is not None:
        return None
    guardians = select_guardians().filter(customer=customer).select_related("user", "customer")
    return guardians.order_by("starts_at", "id").first()


def select_guardians() -> QuerySet[Acting]:
    """Select the parts of guardians of children who are not of age yet."""
    guarding = Acting.objects.filter(capacity=Acting.Capacity.GUARDIAN, ends_at=None, user__closed_at=None)
    return guarding.annotate(is_of_age=MayConsentAlone("customer")).filter(is_of_age=False)


def list_mail_address_hashes(customer: Customer) -> list[bytes]:
    """Return the keyed hashes of the address that email goes to, the customer's or a guardian's; none without one."""
    if customer.address_hash is not None:
        return sealing.list_later_hashes(settings.KEYRING, bytes(customer.address_hash))
    guarding = get_guardian_acting(customer)
    return list_address_hashes(guarding.user.email) if guarding else []


def get_customer_language(customer: Customer) -> str:
    """Return the supported language to write to this customer in; the company's list may name one we do not have."""
    try:
        return get_supported_language_variant(customer.language)
    except LookupError:
        return settings.LANGUAGE_CODE


def find_user_language(user: User) -> str:
    """Return the supported language that this account chose; empty if it chose none."""
    return user.language if user.language in dict(settings.LANGUAGES) else ""


def get_customer_zone(customer: Customer) -> ZoneInfo:
    """Return the time zone in which this customer's days begin and end; the company's until theirs is known."""
    known = customer.time_zone if customer.time_zone in rules.TIME_ZONES else ""
    return ZoneInfo(known or settings.TIME_ZONE)


def is_address_unique(customer: Customer) -> bool:
    """Return True if the address on file leads to this record and no other. Raises CannotOpen."""
    if customer.address_hash is None:
        return False
    with_same = Customer.objects.filter(address_hash=customer.address_hash)
    if settings.KEYRING.index_number > 1:
        # A rotation may not have come to everyone with the address yet: the address itself leads to all of them.
        with_same = select_by_address(open_address(customer))
    return not with_same.exclude(pk=customer.pk).exists()


def select_proposed_erasures() -> QuerySet[Erasure]:
    """Select the erasures that wait for a second officer."""
    return Erasure.objects.filter(done_at=None, cancelled_at=None)


def select_legal_holds(customer: UUID) -> QuerySet[LegalHold]:
    """Select the holds on this customer, the longest first."""
    return LegalHold.objects.filter(customer=customer, lifted_at=None).order_by("-review_on", "placed_at")


def is_placed_by_directory(member: UUID) -> bool:
    """Return True for a member of staff whose place the company's directory tells."""
    return DirectoryPerson.objects.filter(user=member, place__isnull=False).exists()


def has_manager_by_directory(member: UUID) -> bool:
    """Return True for a member of staff whose manager the company's directory names, and who still works here."""
    named = DirectoryPerson.objects.filter(user=member, manager__user__staff_member__isnull=False)
    return named.filter(manager__user__staff_member__ended_at=None).exists()


def select_second_factors() -> QuerySet[Authenticator]:
    """Select everybody's second factors; recovery codes alone are none."""
    factors: QuerySet[Authenticator] = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return factors


def select_open_staff_proposals(officer: UUID) -> QuerySet[StaffProposal]:
    """Select the changes of rights that this user, an officer, may approve."""
    waiting = StaffProposal.objects.filter(OPEN)
    return waiting.exclude(proposed_by=officer).exclude(member=officer)


def list_open_proposals_about(member: UUID) -> list[StaffProposal]:
    """List the changes of this colleague's rights that wait for a second officer."""
    waiting = StaffProposal.objects.filter(OPEN, member=member)
    return list(waiting.order_by("proposed_at", "pk"))


def lock_open_user(user: User) -> User | None:
    """Lock the account and return it as it is now; None once it is closed."""
    return User.objects.select_for_update(no_key=True).filter(pk=user.pk, closed_at=None).first()


def lock_sole_users(customer: UUID, accounts: Collection[UUID]) -> list[User]:
    """Lock and return users who act for this customer alone and are not staff, and those of `accounts` that are
    open.
    """
    live = Acting.objects.filter(ends_at=None)
    acting = live.filter(customer=customer).values("user")
    others = live.exclude(customer=customer).filter(user=OuterRef("pk"))
    alone = Q(pk__in=acting, staff_member=None) & ~Exists(others)
    return lock_users(User.objects.filter(alone | Q(pk__in=accounts, closed_at=None)))


def lock_open_accounts(accounts: Collection[UUID]) -> list[User]:
    """Lock and return the accounts that are not closed yet."""
    return lock_users(User.objects.filter(pk__in=accounts, closed_at=None))


def lock_users(users: QuerySet[User]) -> list[User]:
    """Lock accounts that are to close, after what is being written for them: `refuse_for_closed_account`, in SQL."""
    ids = list(users.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(WAIT_FOR_FORMS, [ids])
    # Not the key: an answer in flight still points to its user while it holds the customer.
    return list(users.select_for_update(of=("self",), no_key=True).order_by("pk"))


def select_working(*roles: Role) -> QuerySet[StaffMember]:
    """Select who works here and can sign in, in one of these roles or, without any, in all."""
    working = StaffMember.objects.filter(ended_at=None, user__is_active=True).select_related("user").order_by("pk")
    return working.filter(role__in=roles) if roles else working


def list_possible_managers(member: UUID) -> list[StaffMember]:
    """List who works here, but for the member, by name."""
    return list(select_working().exclude(pk=member).order_by("user__first_name", "user__last_name", "pk"))


def list_officers_free_to_answer(customer: UUID, standing: set[UUID]) -> list[StaffMember]:
    """List the officers who could answer a customer's privacy requests once `standing` have stood for a code.

    Whoever stands for one, or acts for the customer, cannot.
    """
    stood = ClaimCode.objects.filter(customer=customer, approved_at__isnull=False)
    acting = Acting.objects.filter(customer=customer, ends_at=None)
    officers = StaffMember.objects.filter(ended_at=None, role__in=[Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER])
    apart: list[Any] = [stood.values("proposed_by"), stood.values("approved_by"), acting.values("user"), standing]
    for users in apart:
        officers = officers.exclude(pk__in=users)
    return list(officers.select_related("user").order_by("user__first_name", "pk"))


def list_teams() -> list[str]:
    """List the teams in which somebody works now."""
    teams = StaffMember.objects.filter(ended_at=None).exclude(team="").order_by("team")
    return list(teams.values_list("team", flat=True).distinct())
