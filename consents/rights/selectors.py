"""Requests as their customer sees them; copies of their data, and how they get them."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from consents.core import clock
from consents.ledger.models import Restoration
from consents.notifications import selectors as mail
from consents.people import selectors as people
from consents.rights.models import CollectionCode, Package, RightsRequest
from consents.rights.rules.answers import COPIES, GRANTED, SubmittedBy
from consents.rights.rules.collecting import Way
from consents.rights.rules.numbers import same_number

MOST_SHOWN = 50


def of_customer(customer: UUID) -> list[RightsRequest]:
    """Newest first; what is still open before what is answered long ago would only hide what was asked last."""
    return list(RightsRequest.objects.filter(customer=customer).order_by("-received_at")[:MOST_SHOWN])


def own(customer: UUID, number: str) -> RightsRequest | None:
    """Theirs by its number, however it was typed; None otherwise."""
    rows = with_people(RightsRequest.objects.filter(customer=customer, number=same_number(number)))
    return rows.first()


def with_people(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    return rows.select_related("customer", "follows").prefetch_related("followed_by")


def is_copied(row: RightsRequest) -> bool:
    """A package belongs to it."""
    return row.request_type in COPIES and row.outcome in GRANTED


def packages_there(row: RightsRequest) -> QuerySet[Package]:
    """Those that can be taken now, the newest first."""
    return row.packages.filter(removed_at=None, ends_at__gt=clock.DatabaseNow()).order_by("-made_at")


def there(row: RightsRequest) -> Package | None:
    """The one that can be taken now, without what it holds."""
    return packages_there(row).defer("sealed_page", "sealed_data").first()


def way_of(row: RightsRequest) -> Way:
    """Signed in, where somebody can; with a code that is mailed, where the address on file leads to them alone; else
    with one that an officer gives out. Nobody at the company sees a code that can be mailed."""
    assert row.customer
    arrives = mail.arrives(row.customer)
    if arrives and people.is_acted_for(row.customer.pk):
        return Way.ACCOUNT
    return Way.MAILED if arrives and people.is_alone_with_address(row.customer) else Way.HANDED


def may_be_handed(row: RightsRequest) -> bool:
    """A code may be given out: no mail leads to the customer, or somebody else asked for them, on record with the
    document that shows they may."""
    return row.submitted_by != SubmittedBy.SELF or way_of(row) == Way.HANDED


def working_code(row: RightsRequest) -> CollectionCode | None:
    """The one code with which the package of this request can be taken now. One from a backup is none: it may have
    been ended since."""
    package = there(row)
    restored = Restoration.objects.filter(began_at__gt=OuterRef("made_at"))
    return package.codes.filter(~Exists(restored), ended_at=None).first() if package else None


def collectable(number: str) -> RightsRequest | None:
    """By its number, however it was typed, if a code for it works now."""
    row = with_people(RightsRequest.objects.filter(number=same_number(number))).first()
    return row if row and working_code(row) else None


def unlocked(code: str | None) -> CollectionCode | None:
    """The code with this id, so long as it works."""
    rows = CollectionCode.objects.select_related("package__request__customer")
    found = rows.filter(pk=code).first() if code else None
    return found if found and found == working_code(found.package.request) else None
