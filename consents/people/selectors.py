"""Finding people. No listing, no browsing: exact matches alone."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet
from django.utils.translation import get_supported_language_variant

from consents.core import clock, sealing
from consents.people import keys, rules
from consents.people.models import Acting, Customer, ErasedReference, Erasure, LegalHold, User


class MayConsentAlone(Func):
    """The database's own answer, by its clock and its table of ages."""

    function = "may_consent_alone"
    arity = 1
    output_field = BooleanField()


def address_hash(email: str) -> bytes:
    """The keyed hash an address is found by."""
    return sealing.keyed_hash(settings.KEYRING, "address", rules.same_address(email))


def with_address(email: str) -> QuerySet[Customer]:
    """Customers whose address on file is this one (by keyed hash)."""
    return Customer.objects.filter(address_hash=address_hash(email))


def reference_hash(reference: str) -> bytes:
    """The keyed hash an erased reference is known again by."""
    return sealing.keyed_hash(settings.KEYRING, "erased reference", reference)


def erased_references(references: Collection[str]) -> set[str]:
    """Which of these belonged to customers who were erased."""
    hashes = {reference_hash(reference): reference for reference in references}
    found = ErasedReference.objects.filter(hash__in=list(hashes)).values_list("hash", flat=True)
    return {hashes[bytes(hash)] for hash in found}


def with_references(references: Collection[str]) -> QuerySet[Customer]:
    """Customers with exactly these references, each with their key."""
    return Customer.objects.filter(reference__in=references).select_related("key")


def locked_with_references(references: Collection[str]) -> QuerySet[Customer]:
    """The same, locked until this transaction ends, with `is_held`: somebody signs in as this customer."""
    held = Acting.objects.filter(customer=OuterRef("pk"), capacity="self", ends_at=None)
    # Not the key: an act about one of them may point to its row while it goes on.
    return (
        with_references(references)
        .annotate(is_held=Exists(held))
        .select_for_update(of=("self",), no_key=True)
        .order_by("id")
    )


def find(text: str) -> list[Customer]:
    """Customers with exactly this reference or exactly this address; at most two, so that a caller can tell "one"."""
    return list(Customer.objects.filter(Q(reference=text.strip()) | Q(address_hash=address_hash(text)))[:2])


def is_held(customer: UUID) -> bool:
    """True when somebody signs in as this customer."""
    return Acting.objects.filter(customer_id=customer, capacity="self", ends_at=None).exists()


def is_acted_for(customer: UUID) -> bool:
    """True when somebody signs in and acts for this customer now: themself, or who may act for them."""
    live = Q(ends_at=None) | Q(ends_at__gt=clock.DatabaseNow())
    found = Acting.objects.filter(live, customer=customer, starts_at__lte=clock.DatabaseNow())
    found = found.annotate(is_of_age=MayConsentAlone("customer"))
    return found.exclude(capacity=Acting.Capacity.GUARDIAN, is_of_age=True).exists()


def actings_of(user: User) -> list[Acting]:
    """Everybody this user may act for now, themself first. A guardian's part ends when the child comes of age."""
    live = Q(ends_at=None) | Q(ends_at__gt=clock.DatabaseNow())
    found = (
        Acting.objects.filter(live, user=user, starts_at__lte=clock.DatabaseNow())
        .annotate(is_of_age=MayConsentAlone("customer"))
        .select_related("customer")
        .order_by("-capacity", "id")
    )
    return [one for one in found if not (one.capacity == Acting.Capacity.GUARDIAN and one.is_of_age)]


def acting_for(user: User, chosen: int | None = None) -> Acting | None:
    """Whom this user acts for now: the chosen one where they still may, else themself."""
    return chosen_of(actings_of(user), chosen)


def chosen_of(actings: list[Acting], chosen: int | None) -> Acting | None:
    return next((one for one in actings if one.pk == chosen), actings[0] if actings else None)


def address_of(customer: Customer) -> str:
    """The address to write to, opened from its seal. For mail, and for their own copy. Empty when there is none."""
    if customer.sealed_address is None:
        return ""
    sealed = bytes(customer.sealed_address)
    return sealing.unseal(keys.of(customer.id), sealed, str(customer.id), "address").decode()


def guardian_of(customer: Customer) -> User | None:
    """Who gets the mail of a child that has no address on file: of several guardians the one who came first."""
    if customer.address_hash is not None:
        return None
    guarding = Acting.objects.filter(customer=customer, capacity=Acting.Capacity.GUARDIAN, ends_at=None)
    found = guarding.annotate(is_of_age=MayConsentAlone("customer")).select_related("user")
    first = found.filter(is_of_age=False, user__closed_at=None).order_by("starts_at", "id").first()
    return first.user if first else None


def hash_to_write_to(customer: Customer) -> bytes | None:
    """The address that mail goes to, the customer's own or a guardian's, by its keyed hash; None without one."""
    if customer.address_hash is not None:
        return bytes(customer.address_hash)
    guardian = guardian_of(customer)
    return address_hash(guardian.email) if guardian else None


def language_of(customer: Customer) -> str:
    """The language of ours to write to this customer in; what the company's list names may be none of them."""
    try:
        return get_supported_language_variant(customer.language)
    except LookupError:
        return settings.LANGUAGE_CODE


def is_alone_with_address(customer: Customer) -> bool:
    """True when the address on file leads to this record and no other."""
    if customer.address_hash is None:
        return False
    same = Customer.objects.filter(address_hash=customer.address_hash)
    return not same.exclude(pk=customer.pk).exists()


def proposed_erasures() -> QuerySet[Erasure]:
    """Those that wait for a second officer."""
    return Erasure.objects.filter(done_at=None, cancelled_at=None)


def holds(customer: UUID) -> QuerySet[LegalHold]:
    """What forbids erasing this customer now; the one that lasts longest first."""
    return LegalHold.objects.filter(customer=customer, lifted_at=None).order_by("-review_on", "placed_at")


def open_user(user: User) -> User | None:
    """Locked, as the account is now; None once it is closed, whatever was read of it before."""
    return User.objects.select_for_update(no_key=True).filter(pk=user.pk, closed_at=None).first()


def users_only_for(customer: UUID, accounts: Collection[UUID] = frozenset()) -> list[User]:
    """Locked: who acts for this customer now, for nobody else, and does not work here; and these accounts if open."""
    live = Acting.objects.filter(ends_at=None)
    acting = live.filter(customer=customer).values("user")
    others = live.exclude(customer=customer).filter(user=OuterRef("pk"))
    alone = Q(pk__in=acting, staff_member=None) & ~Exists(others)
    return locked(User.objects.filter(alone | Q(pk__in=accounts, closed_at=None)))


def open_accounts(accounts: Collection[UUID]) -> list[User]:
    """Locked: which of these are not closed yet."""
    return locked(User.objects.filter(pk__in=accounts, closed_at=None))


def locked(users: QuerySet[User]) -> list[User]:
    # Not the key: an answer in flight still points to its user while it holds the customer.
    return list(users.select_for_update(of=("self",), no_key=True).order_by("pk"))
