"""Find copies that can be downloaded now, and the codes that open them."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from consents.copies.models import CollectionCode, Package
from consents.core import clock
from consents.ledger.models import Restoration
from consents.ledger.selectors.timelines import list_entries
from consents.rights.models import RightsRequest
from consents.rights.rules.numbers import normalize_number
from consents.rights.selectors import has_copy, select_with_people


def describe_copy(*, rights_request: RightsRequest, **_: Any) -> dict[str, Any]:
    """Say where the copy stands, for the page of its request: `package` if one is ready, `was_made` if one ever was
    and nobody has asked for another since.

    By signal.
    """
    if not has_copy(rights_request):
        return {}
    package, newest = get_available_package(rights_request), rights_request.packages.order_by("-made_at").first()
    was_made = newest is not None and not has_newer_request(rights_request, newest)
    return {"package": package, "was_made": was_made, "is_copied": True}


def has_newer_request(rights_request: RightsRequest, newest: Package) -> bool:
    asked = list_entries(rights_request.pk).filter(event="rights_request.package_asked")
    return asked.filter(occurred_at__gte=newest.made_at).exists()


def get_available_packages(rights_request: RightsRequest) -> QuerySet[Package]:
    """Select the packages that can be downloaded now, newest first."""
    return rights_request.packages.filter(removed_at=None, ends_at__gt=clock.DatabaseNow()).order_by("-made_at")


def get_available_package(rights_request: RightsRequest) -> Package | None:
    """Return the newest package that can be downloaded now, without loading its content."""
    return get_available_packages(rights_request).defer("sealed_page", "sealed_data").first()


def get_working_code(rights_request: RightsRequest) -> CollectionCode | None:
    """Return the one code that opens the available package. Codes made before a restore may have been ended since, and
    do not count."""
    package = get_available_package(rights_request)
    restored = Restoration.objects.filter(began_at__gt=OuterRef("made_at"))
    return package.codes.filter(~Exists(restored), ended_at=None).first() if package else None


def find_collectable(number: str) -> RightsRequest | None:
    """Return the request with this number, however it was typed, if one of its codes works now."""
    rights_request = select_with_people(RightsRequest.objects.filter(number=normalize_number(number))).first()
    return rights_request if rights_request and get_working_code(rights_request) else None


def get_unlocked_code(id: str | None) -> CollectionCode | None:
    """Return the code with this id while it works."""
    codes = CollectionCode.objects.select_related("package__rights_request__customer")
    code = codes.filter(pk=id).first() if id else None
    return code if code and code == get_working_code(code.package.rights_request) else None
