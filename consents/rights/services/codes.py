"""Codes for whoever has no account: mailed by the portal, or given out by another officer than who checked identity.

A dishonest officer reads nobody's copy with one unseen: each step is on record, the customer is told of it wherever
mail may reach them, and the page on which a code is typed says what was taken before.
"""

import secrets
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import pgettext

from consents.core import clock, sealing
from consents.ledger import selectors as ledger
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.people import rules
from consents.people import selectors as people
from consents.people.models import StaffMember, User
from consents.rights.models import CollectionCode, Package, RightsRequest
from consents.rights.rules.collecting import End, Way
from consents.rights.selectors import may_be_handed, there, way_of, working_code
from consents.rights.services.handling import held_by_officer
from consents.rights.services.recording import tell
from consents.rights.services.refusals import (
    CanSignIn,
    CheckedIdentity,
    CodeEnded,
    CodeIsMailed,
    CodeIsNotMailed,
    NoPackage,
)

CHECKED = "rights_request.identity_confirmed"


@transaction.atomic
def send_code(*, request: UUID, officer: StaffMember, by: Actor) -> CollectionCode:
    """A new code in a mail to the address on file; the one before works no more.

    Raises Unknown, NotAnOfficer, NoPackage, CanSignIn, CodeIsNotMailed.
    """
    row = held_by_officer(request, officer)
    package = package_of(row)
    check_way(row, Way.MAILED)
    return mail_code(row, package, by, officer.user)


@transaction.atomic
def hand_out_code(*, request: UUID, officer: StaffMember, token: UUID, by: Actor) -> str:
    """A new code to post or to read out, shown to this officer alone; the one before works no more.

    The code follows from the token of the form it was asked for with: sent again, the form shows the same code. Only
    for whom no mail reaches, or on whose behalf somebody else asked; never by who confirmed the identity. Raises
    Unknown, NotAnOfficer, NoPackage, CanSignIn, CodeIsMailed, CheckedIdentity, CodeEnded.
    """
    row = held_by_officer(request, officer)
    package = package_of(row)
    if not may_be_handed(row):
        check_way(row, Way.HANDED)
    if has_checked(officer, row):
        raise CheckedIdentity
    asked = f"{officer.pk} {package.pk} {token}"
    code = rules.claim_code(sealing.keyed_hash(settings.KEYRING, "collection code", asked))
    earlier = CollectionCode.objects.filter(code_hash=hashed(code)).first()
    if earlier is None:
        tell_of_handing(row, made(row, package, code, Way.HANDED, by, officer.user))
    elif earlier != working_code(row):
        raise CodeEnded
    return code


@transaction.atomic
def stop_code(*, request: UUID, officer: StaffMember, by: Actor) -> None:
    """No code of this request works any more. Repeating it changes nothing. Raises Unknown, NotAnOfficer."""
    row = held_by_officer(request, officer)
    code = working_code(row)
    if code:
        end(code, End.STOPPED)
        tell(row, "code_ended", by, End.STOPPED, code=str(code.pk))


def mail_code(row: RightsRequest, package: Package, by: Actor, officer: User | None = None) -> CollectionCode:
    """Inside the act it is part of. The code itself is nowhere but in the mail, which lies sealed until it is sent."""
    assert row.customer
    code, language = rules.claim_code(secrets.token_bytes(32)), people.language_of(row.customer)
    notifications.tell_address(
        to=people.address_of(row.customer),
        template="rights_request_code",
        kind="rights_code",
        language=language,
        number=row.number,
        code=code,
        until=last_day(package, language),
    )
    return made(row, package, code, Way.MAILED, by, officer)


def made(row: RightsRequest, package: Package, code: str, way: Way, by: Actor, officer: User | None) -> CollectionCode:
    replaced = {}
    if before := package.codes.filter(ended_at=None).first():
        end(before, End.REPLACED)
        replaced = {"replaced": str(before.pk)}
    new = CollectionCode.objects.create(
        package=package, code_hash=hashed(code), way=way, made_by=officer, made_at=clock.now()
    )
    tell(row, "code_made", by, way, code=str(new.pk), **replaced)
    return new


def end(code: CollectionCode, why: End) -> None:
    code.ended_at, code.end = clock.now(), why
    code.save(update_fields=["tries", "ended_at", "end"])


def forget_codes(package: Package) -> None:
    """With what the package holds; the act's own entry tells of it."""
    for code in package.codes.all():
        if code.ended_at is None:
            code.ended_at, code.end = clock.now(), End.OVER
        code.code_hash = None
        code.save(update_fields=["code_hash", "ended_at", "end"])


def hashed(code: str) -> bytes:
    return sealing.keyed_hash(settings.KEYRING, "collection", rules.same_claim_code(code))


def package_of(row: RightsRequest) -> Package:
    if row.customer is None:
        raise NoPackage
    package = there(row)
    if package is None:
        raise NoPackage
    return package


def check_way(row: RightsRequest, wanted: Way) -> None:
    way = way_of(row)
    if way == Way.ACCOUNT:
        raise CanSignIn
    if way != wanted:
        raise CodeIsMailed if way == Way.MAILED else CodeIsNotMailed


def has_checked(officer: StaffMember, row: RightsRequest) -> bool:
    """Who says that it is known who asks does not also hold what opens the copy."""
    checks = ledger.timeline(row.pk).filter(event=CHECKED, actor_kind="staff")
    return checks.filter(actor=str(officer.pk)).exists()


def tell_of_handing(row: RightsRequest, code: CollectionCode) -> None:
    """To the address on file where there is one, even one that mail did not reach lately."""
    if row.customer and row.customer.address_hash is not None:
        notifications.tell(
            kind="rights_request_code_given",
            key=f"rights_request.code:{code.pk}",
            customer=row.customer,
            number=row.number,
        )


def last_day(package: Package, language: str) -> str:
    with translation.override(language):
        return date_format(timezone.localtime(package.ends_at), pgettext("date format", "j F Y"))
