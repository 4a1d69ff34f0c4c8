"""Collection codes for customers without an account: emailed by the portal, or given out by an officer.

No dishonest officer can use one unseen: the officer who confirmed the identity may not give it out, each step is on
record, the customer is emailed where possible, and the page behind the code lists earlier downloads.
"""

import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consents.copies.models import CollectionCode, Package
from consents.copies.selectors import (
    CanSignIn,
    CheckedIdentity,
    CodeEnded,
    CodeIsMailed,
    CodeIsNotMailed,
    NoPackage,
    get_available_package,
    get_working_code,
)
from consents.core import clock, sealing
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.notifications.services import queueing
from consents.people import rules
from consents.people import selectors as people
from consents.people.models import StaffMember, User
from consents.rights.models import RightsRequest
from consents.rights.rules import CodeEnd, DeliveryWay
from consents.rights.selectors import get_delivery_way, may_hand_out_code
from consents.rights.services.recording import append_rights_entry, lock_for_officer

CHECKED = "rights_request.identity_confirmed"


@transaction.atomic
def send_code(*, rights_request: UUID, officer: StaffMember, by: Actor) -> CollectionCode:
    """Email a new code to the address on file; the earlier code ends.

    Raises Unknown, NotAnOfficer, OwnMatter, NoPackage, CanSignIn, CodeIsNotMailed.
    """
    locked = lock_for_officer(rights_request, officer)
    package = get_package(locked)
    check_way(locked, DeliveryWay.MAILED)
    return mail_code(locked, package, by, officer.user)


@transaction.atomic
def hand_out_code(*, rights_request: UUID, officer: StaffMember, token: UUID, by: Actor) -> str:
    """Return a new code to post or read out, shown to this officer alone; the earlier code ends.

    The code is derived from the form's token: a form sent twice shows the same code. Only for customers whom email does
    not reach or for whom someone else asked; never by the officer who confirmed the identity. Raises Unknown,
    NotAnOfficer, OwnMatter, NoPackage, CanSignIn, CodeIsMailed, CheckedIdentity, CodeEnded.
    """
    locked = lock_for_officer(rights_request, officer)
    package = get_package(locked)
    if not may_hand_out_code(locked):
        check_way(locked, DeliveryWay.HANDED)
    if has_confirmed_identity(officer, locked):
        raise CheckedIdentity
    seed = f"{officer.pk} {package.pk} {token}"
    derived = [
        rules.build_claim_code(hashed)
        for hashed in sealing.list_keyed_hashes(settings.KEYRING, "collection code", seed)
    ]
    earlier, code = find_handed_code(derived)
    if earlier is None:
        new = create_code(locked, package, code, DeliveryWay.HANDED, by, officer.user)
        write_to_customer(locked, "rights_request_code_given", f"rights_request.code:{new.pk}")
    elif earlier != get_working_code(locked):
        raise CodeEnded
    return code


def find_handed_code(derived: list[str]) -> tuple[CollectionCode | None, str]:
    """Return which of these codes was handed out, and as what; else the first, which may be now."""
    for code in derived:
        if earlier := CollectionCode.objects.filter(code_hash__in=list_code_hashes(code)).first():
            return earlier, code
    return None, derived[0]


@transaction.atomic
def stop_code(*, rights_request: UUID, officer: StaffMember, by: Actor) -> None:
    """End the request's working code. Repeating it changes nothing. Raises Unknown, NotAnOfficer, OwnMatter."""
    locked = lock_for_officer(rights_request, officer)
    code = get_working_code(locked)
    if code:
        end_code(code, CodeEnd.STOPPED)
        append_rights_entry(locked, "code_ended", by, CodeEnd.STOPPED, code=str(code.pk))


def mail_code(
    rights_request: RightsRequest, package: Package, by: Actor, officer: User | None = None
) -> CollectionCode:
    """Email a code, inside the caller's act. The code exists only in the email, which stays sealed until it is sent."""
    assert rights_request.customer
    code, language = (
        rules.build_claim_code(secrets.token_bytes(32)),
        people.get_customer_language(rights_request.customer),
    )
    with timezone.override(people.get_customer_zone(rights_request.customer)):
        queueing.notify_address(
            to=people.open_address(rights_request.customer),
            template="rights_request_code",
            kind="rights_code",
            language=language,
            number=rights_request.number,
            code=code,
            ends_at=package.ends_at.isoformat(),
        )
    return create_code(rights_request, package, code, DeliveryWay.MAILED, by, officer)


def create_code(
    rights_request: RightsRequest, package: Package, code: str, way: DeliveryWay, by: Actor, officer: User | None
) -> CollectionCode:
    replaced = {}
    if earlier := package.codes.filter(ended_at=None).first():
        end_code(earlier, CodeEnd.REPLACED)
        replaced = {"replaced": str(earlier.pk)}
    new = CollectionCode.objects.create(
        package=package,
        customer_id=package.customer_id,
        code_hash=list_code_hashes(code)[0],
        way=way,
        made_by=officer,
        made_at=clock.now(),
    )
    append_rights_entry(rights_request, "code_made", by, way, code=str(new.pk), **replaced)
    return new


def end_code(code: CollectionCode, why: CodeEnd) -> None:
    code.ended_at, code.end = clock.now(), why
    code.save(update_fields=["tries", "ended_at", "end"])


def forget_codes(package: Package) -> None:
    """End and clear the codes of an emptied package; the entry of the act covers it."""
    for code in package.codes.all():
        if code.ended_at is None:
            code.ended_at, code.end = clock.now(), CodeEnd.OVER
        code.code_hash = None
        code.save(update_fields=["code_hash", "ended_at", "end"])


def list_code_hashes(code: str) -> list[bytes]:
    """Return the keyed hashes that this code may be kept as, newest first."""
    return sealing.list_keyed_hashes(settings.KEYRING, "collection", rules.normalize_claim_code(code))


def get_package(rights_request: RightsRequest) -> Package:
    package = get_available_package(rights_request)
    if package is None:
        raise NoPackage
    return package


def check_way(rights_request: RightsRequest, expected: DeliveryWay) -> None:
    way = get_delivery_way(rights_request)
    if way == DeliveryWay.ACCOUNT:
        raise CanSignIn
    if way != expected:
        raise CodeIsMailed if way == DeliveryWay.MAILED else CodeIsNotMailed


def has_confirmed_identity(officer: StaffMember, rights_request: RightsRequest) -> bool:
    """Tell whether this officer confirmed the requester's identity, and so may not hold the code as well."""
    checks = timelines.list_entries(rights_request.pk).filter(event=CHECKED, actor_kind="staff")
    return checks.filter(actor=str(officer.pk)).exists()


def write_to_customer(rights_request: RightsRequest, kind: str, key: str, **context: Any) -> None:
    """Write to the address on file, if there is one, even if email failed to reach it lately."""
    customer = rights_request.customer
    if customer and customer.address_hash is not None:
        queueing.notify(kind=kind, key=key, customer=customer, number=rights_request.number, **context)
