"""Access and portability, fulfilled: a package of the customer's data, theirs to take for two weeks, made anew at wish.

It lies sealed under the customer's own key. The officer who grants it never sees what is in it.
"""

import json
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import translation

from consents.core import clock, sealing
from consents.core.refusals import Unknown
from consents.disclosures.services import disclose_own
from consents.ledger.rules import PORTAL, Actor, moment
from consents.notifications import services as notifications
from consents.people import keys, selectors
from consents.people.models import Acting, StaffMember
from consents.people.services import hold_unless_erased
from consents.rights import tasks
from consents.rights.models import CollectionCode, Download, Package, RightsRequest
from consents.rights.packages.contents import collect
from consents.rights.packages.page import written
from consents.rights.rules.answers import PACKAGE_DAYS
from consents.rights.rules.collecting import Way
from consents.rights.selectors import is_copied, packages_there, there, way_of
from consents.rights.services.codes import forget_codes, mail_code
from consents.rights.services.handling import held_by_officer
from consents.rights.services.recording import held, tell
from consents.rights.services.refusals import CanSignIn, NoPackage
from consents.vault import selectors as parts_of


class ReadTooEarly(Exception):
    """Some of it was deleted for good since."""


def queue_package(*, request: RightsRequest, **_: Any) -> None:
    """By signal, in the transaction of the answer."""
    if is_copied(request):
        tasks.make_package.defer(request=str(request.pk))


def make_package(*, request: UUID, by: Actor = PORTAL) -> Package | None:
    """Gather and keep it; the customer is told. What is there already is not made twice; nothing for the erased.

    Never inside a transaction: the opening of the vault is committed before it is read. Raises DoesNotOpen.
    """
    row = RightsRequest.objects.select_related("customer").filter(pk=request, customer__erased_at=None).first()
    if row is None or row.customer is None or not is_copied(row):
        return None
    if found := there(row):
        return found
    begun = clock.now()
    try:
        copy = disclose_own(customer=row.customer.pk, by=by, request=row.pk)
    except Unknown:  # erased since
        return None
    with translation.override(selectors.language_of(row.customer)):
        facts = collect(row, copy, clock.now())
        page = written(row, facts)
    data = json.dumps(facts, ensure_ascii=False, indent=1)
    try:
        return keep_package(request=row.pk, page=page, data=data, by=by, begun=begun)
    except ReadTooEarly:
        return make_package(request=request, by=by)


@transaction.atomic
def keep_package(*, request: UUID, page: str, data: str, by: Actor, begun: datetime) -> Package:
    """Seal it and tell of it; of two jobs at once the first one's stays. `begun`: before the vault was read for it.

    Raises Unknown, AlreadyErased, ReadTooEarly.
    """
    row = held(request)
    assert row.customer_id
    hold_unless_erased(row.customer_id)
    if parts_of.was_part_erased(row.customer_id, since=begun):
        raise ReadTooEarly
    if found := there(row):
        return found
    id, now, key = uuid4(), clock.now(), keys.of(row.customer_id)
    package = Package.objects.create(
        id=id,
        request=row,
        made_at=now,
        ends_at=now + timedelta(days=PACKAGE_DAYS),
        sealed_page=seal(key, id, Download.Part.PAGE, page),
        sealed_data=seal(key, id, Download.Part.DATA, data),
    )
    tell(row, "packaged", by, package=str(id), ends_at=moment(package.ends_at))
    tell_of_package(row, package, by)
    return package


def tell_of_package(row: RightsRequest, package: Package, by: Actor) -> None:
    """Whom mail reaches and who has no account gets the code for it in the same mail."""
    assert row.customer
    way = way_of(row)
    if way == Way.MAILED:
        mail_code(row, package, by)
    elif row.customer.address_hash is not None:
        notifications.tell(
            kind="rights_request_package",
            key=f"rights_request.package:{package.pk}",
            customer=row.customer,
            number=row.number,
            days=str(PACKAGE_DAYS),
            way=way.value,
        )


def seal(key: bytes, package: UUID, part: Download.Part, text: str) -> bytes:
    return sealing.seal(key, zlib.compress(text.encode()), "package", str(package), part)


@transaction.atomic
def ask_again(*, request: UUID, customer: UUID, by: Actor) -> None:
    """The customer wants it made again, after its time. Nothing to do while one is there. Raises Unknown (not theirs),
    NoPackage (none belongs to this request)."""
    row = held(request, customer=customer)
    if not is_copied(row):
        raise NoPackage
    if there(row) is None:
        tell(row, "package_asked", by)
        tasks.make_package.defer(request=str(row.pk))


@transaction.atomic
def make_again(*, request: UUID, officer: StaffMember, by: Actor) -> None:
    """Whoever has no account asks an officer for it, after its time. Nothing to do while one is there.

    Raises Unknown, NotAnOfficer, NoPackage (none belongs to this request, or its customer is erased), CanSignIn.
    """
    row = held_by_officer(request, officer)
    if not is_copied(row) or row.customer is None or row.customer.erased_at:
        raise NoPackage
    if way_of(row) == Way.ACCOUNT:
        raise CanSignIn
    if there(row) is None:
        tell(row, "package_asked", by)
        tasks.make_package.defer(request=str(row.pk))


@transaction.atomic
def take(*, request: UUID, part: Download.Part, acting: Acting, by: Actor) -> bytes:
    """What the customer downloads, on record before its first byte. Raises Unknown (not theirs), NoPackage."""
    row = held(request, customer=acting.customer_id)
    package = packages_there(row).first()
    if package is None:
        raise NoPackage
    return handed_over(row, package, part, by, account=acting.user_id)


def handed_over(
    row: RightsRequest,
    package: Package,
    part: Download.Part,
    by: Actor,
    *,
    account: UUID | None = None,
    code: CollectionCode | None = None,
) -> bytes:
    """A part of the package, to an account or to whoever typed the code."""
    assert row.customer_id
    Download.record(package=package, part=part, taken_by_id=account, code=code)
    with_code = {"code": str(code.pk)} if code else {}
    tell(row, "package_downloaded", by, part, package=str(package.pk), **with_code)
    sealed = package.sealed_page if part == Download.Part.PAGE else package.sealed_data
    assert sealed is not None
    return zlib.decompress(sealing.unseal(keys.of(row.customer_id), bytes(sealed), "package", str(package.pk), part))


def remove_packages_when_due(*, limit: int = 500) -> int:
    """What is in packages whose time is over goes. Returns how many."""
    due = Package.objects.filter(removed_at=None, ends_at__lte=clock.DatabaseNow()).order_by("ends_at")
    return sum(remove_package(package=id, by=PORTAL) for id in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def remove_package(*, package: UUID, by: Actor) -> bool:
    """True when its time was over and it was still there."""
    of = Package.objects.filter(pk=package).values_list("request", flat=True).first()
    if of is None:
        raise Unknown
    row = held(of)
    found = Package.objects.filter(pk=package, removed_at=None, ends_at__lte=clock.DatabaseNow()).first()
    if found is None:
        return False
    empty(found)
    tell(row, "package_removed", by, package=str(package))
    return True


def empty(package: Package) -> None:
    package.sealed_page = package.sealed_data = None
    package.removed_at = clock.now()
    package.save(update_fields=["sealed_page", "sealed_data", "removed_at"])
    forget_codes(package)


def forget_packages(*, customer: UUID, **_: Any) -> None:
    """By signal, inside the erasure, whose entry tells of it."""
    for package in Package.objects.filter(request__customer=customer, removed_at=None):
        empty(package)
