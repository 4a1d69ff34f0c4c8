"""Prepare the package that answers a request for access or portability, keep it for two weeks, prepare it again.

It is sealed under the customer's own key; of its content officers see only the files that they added themselves.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import translation

from consents.copies import tasks
from consents.copies.contents import collect_facts, list_files
from consents.copies.models import CollectionCode, Download, Package
from consents.copies.page import render_page, write_archive
from consents.copies.rules import PACKAGE_LIFETIME
from consents.copies.selectors import CanSignIn, NoPackage, get_available_package, name_files, select_available_packages
from consents.copies.services.codes import forget_codes, mail_code, write_to_customer
from consents.copies.services.files import open_file, remove_content
from consents.core import clock, sealing
from consents.core.refusals import Unknown, get_or_refuse
from consents.core.working_ahead import run_for_due
from consents.disclosures.services import disclose_own_copy
from consents.ledger.rules import PORTAL, Actor, format_ledger_moment
from consents.people import keys, selectors
from consents.people.models import Acting, StaffMember
from consents.people.services.holding import lock_existing_customer
from consents.rights.models import RightsRequest
from consents.rights.rules import DeliveryWay
from consents.rights.selectors import get_delivery_way, has_copy
from consents.rights.services.recording import append_rights_entry, lock_for_officer, lock_rights_request
from consents.vault import selectors as vault
from consents.vault.models import PartErasure


class ReadTooEarly(Exception):
    """Raised if part of the collected data has been erased since it was read."""


def queue_package(*, rights_request: RightsRequest, **_: Any) -> None:
    """Queue the package in the transaction of the answer. By signal."""
    if has_copy(rights_request):
        tasks.make_package.defer(rights_request=str(rights_request.pk))


def make_package(*, rights_request: UUID, by: Actor = PORTAL) -> Package | None:
    """Collect the data, seal it and notify the customer. Returns an available package, or None for erased customers.

    Never inside a transaction: the opening is committed before the vault is read. Raises DamagedData.
    """
    locked = (
        RightsRequest.objects.select_related("customer").filter(pk=rights_request, customer__erased_at=None).first()
    )
    if locked is None or locked.customer is None or not has_copy(locked):
        return None
    if package := get_available_package(locked):
        return package
    began_at = clock.now()
    try:
        copy = disclose_own_copy(customer=locked.customer.pk, by=by, rights_request=locked.pk)
    except Unknown:  # erased since
        return None
    with translation.override(selectors.get_customer_language(locked.customer)):
        facts = collect_facts(locked, copy, clock.now()) | list_files(locked)
        page = render_page(locked, facts)
    data = json.dumps(facts, ensure_ascii=False, indent=1, default=format_ledger_moment)
    try:
        return store_package(rights_request=locked.pk, page=page, data=data, by=by, began_at=began_at)
    except ReadTooEarly:
        return make_package(rights_request=rights_request, by=by)


@transaction.atomic
def store_package(*, rights_request: UUID, page: str, data: str, by: Actor, began_at: datetime) -> Package:
    """Seal and store the package; of two jobs at once the first wins. `began_at`: a moment before the vault was read.

    Raises Unknown, AlreadyErased, ReadTooEarly.
    """
    locked = lock_rights_request(rights_request)
    assert locked.customer_id
    lock_existing_customer(locked.customer_id)
    if vault.was_partly_erased(locked.customer_id, since=began_at):
        raise ReadTooEarly
    if earlier := get_available_package(locked):
        return earlier
    id, now, key = uuid4(), clock.now(), keys.open_customer_key(locked.customer_id)
    package = Package.objects.create(
        id=id,
        rights_request=locked,
        customer_id=locked.customer_id,
        made_at=now,
        ends_at=now + PACKAGE_LIFETIME,
        sealed_page=seal_part(key, id, Download.Part.PAGE, page),
        sealed_data=seal_part(key, id, Download.Part.DATA, data),
    )
    append_rights_entry(locked, "packaged", by, package=str(id), ends_at=format_ledger_moment(package.ends_at))
    notify_of_package(locked, package, by)
    return package


def notify_of_package(rights_request: RightsRequest, package: Package, by: Actor) -> None:
    """Notify the customer; without an account, the email carries the collection code."""
    way = get_delivery_way(rights_request)
    if way == DeliveryWay.MAILED:
        mail_code(rights_request, package, by)
    else:
        key, context = (
            f"rights_request.package:{package.pk}",
            {"ends_at": package.ends_at.isoformat(), "way": way.value},
        )
        write_to_customer(rights_request, "rights_request_package", key, **context)


def seal_part(key: bytes, package: UUID, part: Download.Part, text: str) -> bytes:
    return sealing.seal_value(key, zlib.compress(text.encode()), "package", str(package), part)


@transaction.atomic
def request_new_package(*, rights_request: UUID, customer: UUID, by: Actor) -> None:
    """Prepare the package again for the customer; does nothing while one is available.

    Raises Unknown (not theirs), NoPackage (this request has none).
    """
    locked = lock_rights_request(rights_request, customer=customer)
    if not has_copy(locked):
        raise NoPackage
    ask_for_package(locked, by)


@transaction.atomic
def request_new_package_for_customer(*, rights_request: UUID, officer: StaffMember, by: Actor) -> None:
    """Prepare the package again for a customer without an account; does nothing while one is available.

    Raises Unknown, NotAnOfficer, OwnMatter, NoPackage (this request has none, or its customer is erased), CanSignIn.
    """
    locked = lock_for_officer(rights_request, officer)
    if not has_copy(locked) or not locked.has_known_customer:
        raise NoPackage
    if get_delivery_way(locked) == DeliveryWay.ACCOUNT:
        raise CanSignIn
    ask_for_package(locked, by)


def ask_for_package(rights_request: RightsRequest, by: Actor) -> None:
    if get_available_package(rights_request) is None:
        append_rights_entry(rights_request, "package_asked", by)
        tasks.make_package.defer(rights_request=str(rights_request.pk))


@transaction.atomic
def download_package(*, rights_request: UUID, part: Download.Part, acting: Acting, by: Actor) -> Iterable[bytes]:
    """Return the part to download, on record before its first byte; all of it in one folder is written while it is
    read. Raises Unknown (not theirs), NoPackage.
    """
    locked = lock_rights_request(rights_request, customer=acting.customer_id)
    package = select_available_packages(locked).first()
    if package is None:
        raise NoPackage
    return open_part(locked, package, part, by, account=acting.user_id)


def open_part(
    rights_request: RightsRequest,
    package: Package,
    part: Download.Part,
    by: Actor,
    *,
    account: UUID | None = None,
    code: CollectionCode | None = None,
) -> Iterable[bytes]:
    """Record the download and open that part, for an account or for a code."""
    Download.record(package=package, customer_id=package.customer_id, part=part, taken_by_id=account, code=code)
    with_code = {"code": str(code.pk)} if code else {}
    append_rights_entry(rights_request, "package_downloaded", by, part, package=str(package.pk), **with_code)
    return write_copy(rights_request, package) if part == Download.Part.ALL else [open_sealed_part(package, part)]


def open_sealed_part(package: Package, part: Download.Part) -> bytes:
    sealed = package.sealed_page if part == Download.Part.PAGE else package.sealed_data
    assert sealed is not None
    key = keys.open_customer_key(package.customer_id)
    return zlib.decompress(sealing.open_value(key, bytes(sealed), "package", str(package.pk), part))


def write_copy(rights_request: RightsRequest, package: Package) -> Iterator[bytes]:
    """Write the archive while it is read: the page, the data, and the files under the names that both tell."""
    page, data = (open_sealed_part(package, part) for part in (Download.Part.PAGE, Download.Part.DATA))
    entries = [(f"{rights_request.number}.html", iter([page])), (f"{rights_request.number}.json", iter([data]))]
    return write_archive([*entries, *open_files(rights_request)])


def open_files(rights_request: RightsRequest) -> list[tuple[str, Iterator[bytes]]]:
    return [(path, open_file(added)) for path, added, _facts in name_files(rights_request) if added.has_content]


def remove_packages_when_due() -> int:
    """Empty expired packages. Returns how many."""
    due = Package.objects.filter(removed_at=None, ends_at__lte=clock.DatabaseNow()).order_by("ends_at")
    return run_for_due(due.values_list("pk", flat=True), lambda package: remove_package(package=package, by=PORTAL))


@transaction.atomic
def remove_package(*, package: UUID, by: Actor) -> bool:
    """Empty the package if it has expired; return whether it did."""
    request_id = get_or_refuse(Package.objects.filter(pk=package).values_list("rights_request", flat=True))
    rights_request = lock_rights_request(request_id)
    expired = Package.objects.filter(pk=package, removed_at=None, ends_at__lte=clock.DatabaseNow()).first()
    if expired is None:
        return False
    empty_package(expired)
    if not rights_request.packages.filter(removed_at=None).exists():
        remove_content(file__rights_request=rights_request)
    append_rights_entry(rights_request, "package_removed", by, package=str(package))
    return True


def empty_package(package: Package) -> None:
    package.sealed_page = package.sealed_data = None
    package.removed_at = clock.now()
    package.save(update_fields=["sealed_page", "sealed_data", "removed_at"])
    forget_codes(package)


@transaction.atomic
def remove_after_part_erasure(erasure: PartErasure, by: Actor, **_: Any) -> None:
    """Empty all copies, whichever hold the erased data: all can be prepared again. By signal, inside that act."""
    packages = Package.objects.filter(customer=erasure.customer_id, removed_at=None).select_related("rights_request")
    remove_content(customer=erasure.customer_id)
    for package in packages.order_by("made_at", "pk"):
        empty_package(package)
        append_rights_entry(package.rights_request, "package_removed", by, "part_erased", package=str(package.pk))


def remove_all_packages(*, customer: UUID, **_: Any) -> None:
    """Empty every package of an erased customer. By signal, inside the erasure, whose entry covers it."""
    for package in Package.objects.filter(customer=customer, removed_at=None).order_by("made_at", "pk"):
        empty_package(package)
    remove_content(customer=customer)
