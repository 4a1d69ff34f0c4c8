"""Find or make the account of whoever a company's provider has named, and tie it to the provider's name for them.

Staff are known by that name, a first time by their confirmed address; customers by their number with us. The tie is
made with keys outside the database: who writes to it, but has not the keys, ties nobody to anything.
"""

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from consents.accounts.company_sign_in import STAFF, CompanySignIn, StaffPlace, choose_place, list_groups
from consents.accounts.provisioning import acts
from consents.accounts.sessions import end_sessions
from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.refusals import NotPermitted
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import DirectoryPerson, Role, User
from consents.people.rules import is_address, normalize_address
from consents.people.selectors import select_holdings, select_working
from consents.people.services import claiming, staff_members
from consents.people.services.locking import free_address
from consents.vault.services.rekeying import is_index_key_settled

BY_PROVIDER = Actor("portal", channel="sign_in")
NAME_LONGEST, REFERENCE_LONGEST = 60, 60


class NoPlace(NotPermitted):
    sentence = _("Your company account has no part in this portal. Ask whoever looks after accounts in your company.")


@transaction.atomic
def admit_by_claims(*, sign_in: CompanySignIn, claims: dict[str, Any]) -> User:
    """Return the user whom these verified claims are about; two at once make one account.

    Raises NoPlace, NotPermitted, AddressInUse, NobodysReference, AccountLocked.
    """
    appending.lock_people(UUID(hash_subject(sign_in, claims["sub"])[:32]))
    user = find_tied_user(sign_in, claims["sub"])
    admitted = (admit_colleague if sign_in.id == STAFF else admit_customer)(sign_in, claims, user)
    if user is None:
        tie_user(sign_in, claims["sub"], admitted)
    return admitted


def admit_colleague(sign_in: CompanySignIn, claims: dict[str, Any], known: User | None) -> User:
    """Return a member of staff in the place that their groups give them. Raises as above."""
    place = find_colleague_place(sign_in, claims, known)
    if place is None and settings.PORTAL_STAFF_GROUPS:
        raise NoPlace
    user = known or find_by_address(read_address(sign_in, claims))
    if user is None:
        if place is None:
            raise NoPlace
        email = read_address(sign_in, claims)
        given, family = read_names(claims)
        return staff_members.admit_staff(
            email=email, role=Role(place.role), team=place.team, first_name=given, last_name=family, by=BY_PROVIDER
        ).user
    member = select_working().filter(user=user).first()
    if member is None:
        raise NoPlace
    if place:
        staff_members.move_staff_member(member=member, role=Role(place.role), team=place.team, by=BY_PROVIDER)
    return user


def find_colleague_place(sign_in: CompanySignIn, claims: dict[str, Any], known: User | None) -> StaffPlace | None:
    """Return the place that the directory gives them, if it has told of them; otherwise that of the claim's groups."""
    if person := find_told_person(known, claims.get("email")):
        return acts.find_place(person)
    return choose_place(settings.PORTAL_STAFF_GROUPS, list_groups(claims, sign_in.groups))


def find_told_person(known: User | None, email: object) -> DirectoryPerson | None:
    is_named = isinstance(email, str) and "\0" not in email
    by_name = Q(name__iexact=email) if is_named else Q(pk=None)
    return DirectoryPerson.objects.filter(Q(user=known) if known else by_name).first()


def admit_customer(sign_in: CompanySignIn, claims: dict[str, Any], known: User | None) -> User:
    """Return who acts for the customer of that number: never whom the address alone would name. Raises as above."""
    reference = claims.get(sign_in.reference)
    if not isinstance(reference, str) or not 0 < len(reference) <= REFERENCE_LONGEST or "\0" in reference:
        raise claiming.NobodysReference
    holders = list(select_holdings().filter(customer__reference=reference).select_related("user"))
    # Where several share a record, its number alone does not say who of them this is.
    named = known or (holders[0].user if len(holders) == 1 else None)
    if named and named.is_active and named in [holder.user for holder in holders]:
        appending.lock_people(named.pk)
        return named
    if holders or known:
        raise claiming.NobodysReference
    user = find_or_make_account(read_address(sign_in, claims))
    claiming.claim_record_by_reference(user=user, reference=reference, by=BY_PROVIDER)
    return user


def read_names(claims: dict[str, Any]) -> tuple[str, str]:
    """Return first and last name, as customers will read them. Raises NoPlace where the provider names nobody."""
    given, family, whole = (
        value.replace("\0", "").strip()[:NAME_LONGEST] if isinstance(value := claims.get(name), str) else ""
        for name in ("given_name", "family_name", "name")
    )
    if not (given or whole):
        raise NoPlace
    return (given, family) if given else (whole, "")


def read_address(sign_in: CompanySignIn, claims: dict[str, Any]) -> str:
    """Return the address that the provider has confirmed. Raises NotPermitted."""
    email = claims.get("email")
    is_confirmed = not sign_in.verified or claims.get(sign_in.verified) is True
    if not is_confirmed or not isinstance(email, str) or not is_address(email):
        raise NotPermitted(_("The sign-in service did not tell us an email address that it has confirmed as yours."))
    return normalize_address(email)


def find_by_address(email: str) -> User | None:
    """Find the account of an address that the provider has confirmed, and lock it: not one that somebody else only
    began.
    """
    account = User.objects.filter(email=email, closed_at=None)
    appending.lock_people(*account.values_list("pk", flat=True))
    free_address(email)
    return account.first()


def find_or_make_account(email: str) -> User:
    """Return the one account of this address, also where two come with it at the same moment."""
    try:
        with transaction.atomic():
            return find_by_address(email) or make_account(email)
    except IntegrityError:
        return find_by_address(email) or make_account(email)


def make_account(email: str) -> User:
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def find_tied_user(sign_in: CompanySignIn, subject: str) -> User | None:
    """Return the user this provider's person was tied to. Raises NoPlace for a tie that was made without the keys."""
    tie = SocialAccount.objects.filter(provider=sign_in.id, uid__in=list_subject_hashes(sign_in, subject)).first()
    if tie is None:
        return None
    proofs = list_tie_proofs(sign_in, subject, tie.user_id)
    # Who has an older index key alone makes no tie that counts once all are moved.
    believed = proofs[:1] if is_index_key_settled(settings.KEYRING) else proofs
    if not any(constant_time_compare(str(tie.extra_data.get("proof")), proof) for proof in believed):
        raise NoPlace
    user: User = tie.user
    return user


def tie_user(sign_in: CompanySignIn, subject: str, user: User) -> None:
    """Tie them for good. Raises NoPlace for an account that is tied to another person of this provider.

    The caller has locked the account: of two people who come with one address, one is tied.
    """
    if SocialAccount.objects.filter(provider=sign_in.id, user=user).exists():
        raise NoPlace
    proof = {"proof": list_tie_proofs(sign_in, subject, user.pk)[0]}
    SocialAccount.objects.create(provider=sign_in.id, uid=hash_subject(sign_in, subject), user=user, extra_data=proof)


def hash_subject(sign_in: CompanySignIn, subject: str) -> str:
    return list_subject_hashes(sign_in, subject)[0]


def list_subject_hashes(sign_in: CompanySignIn, subject: str) -> list[str]:
    """Return the keyed hashes that the provider's name for somebody may be kept as, newest first."""
    text = f"{sign_in.issuer}\0{sign_in.client}\0{subject}"
    return [hashed.hex() for hashed in sealing.list_keyed_hashes(settings.KEYRING, "provider's subject", text)]


def list_tie_proofs(sign_in: CompanySignIn, subject: str, user: UUID) -> list[str]:
    """Return what proves a tie, newest first: one for each index key."""
    text = f"{sign_in.issuer}\0{sign_in.client}\0{subject}\0{user}"
    return [hashed.hex() for hashed in sealing.list_keyed_hashes(settings.KEYRING, "tie to a provider", text)]


@transaction.atomic
def rekey_ties(*, keyring: Keyring, limit: int, by: Actor) -> int:
    """Bring the next ties up to the newest index key; return how many. Call again until none is left."""
    ties = list(select_older_ties(keyring).order_by("pk")[:limit])
    if not ties:
        return 0
    details = {"key": keyring.index_number, "values": len(ties)}
    appending.append_entry(
        event="provider_ties.rekeyed", by=by, object_type="provider_ties", object="ties", details=details
    )
    for tie in ties:
        proof = sealing.extend_keyed_hash(keyring, bytes.fromhex(tie.extra_data["proof"])).hex()
        tie.uid = sealing.extend_keyed_hash(keyring, bytes.fromhex(tie.uid)).hex()
        tie.extra_data = tie.extra_data | {"proof": proof}
        tie.save(update_fields=["uid", "extra_data"])
    return len(ties)


def select_older_ties(keyring: Keyring) -> QuerySet[SocialAccount]:
    """Select the ties made with an older index key."""
    older: QuerySet[SocialAccount] = SocialAccount.objects.filter(uid__lt=bytes([keyring.index_number]).hex())
    return older


def end_sessions_without_place(sign_in: CompanySignIn, subject: str) -> None:
    """Sign a member of staff out everywhere whose groups no longer give them a place here."""
    tied = find_tied_user(sign_in, subject)
    if tied and sign_in.id == STAFF:
        end_sessions(UserSession.objects.filter(user=tied))
