"""Tell which requests wait until it is known who asked, and until whoever asked here, signed in, has confirmed it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from consents.law.identity import Level
from consents.people.models import Customer
from consents.rights.models import IdentityCheck, RightsRequest
from consents.rights.rules.answers import Channel


def find_any(rows: QuerySet[Any]) -> Coalesce:
    """Return whether there is one of these, asked of an index for each request that is open. PostgreSQL may answer an
    EXISTS by reading the whole table first, which holds what was ever asked.
    """
    return Coalesce(Subquery(rows.order_by().values(any=Value(True))[:1]), False, output_field=BooleanField())


# Who asked here signs in once more before anybody can go on; who is erased cannot, and an officer answers.
VERIFIED = Q(find_any(IdentityCheck.objects.filter(rights_request=OuterRef("pk")).exclude(level=Level.FAILED)))
ERASED = Q(find_any(Customer.objects.filter(pk=OuterRef("customer"), erased_at__isnull=False)))
UNCONFIRMED = Q(channel=Channel.PORTAL) & ~Q(identity_needed=Level.NOT_REQUIRED) & ~VERIFIED & ~ERASED


def is_identity_open(rights_request: RightsRequest) -> bool:
    """Return True while the right needs to know who asks, and it is not known."""
    return rights_request.identity_needed != Level.NOT_REQUIRED and rights_request.verified_at is None


def awaits_confirmation(rights_request: RightsRequest) -> bool:
    """Return True while a request that was made here waits until whoever asked has confirmed it: `UNCONFIRMED`."""
    is_own = rights_request.channel == Channel.PORTAL and rights_request.customer_id is not None
    return is_own and not rights_request.is_answered and is_identity_open(rights_request)


def find_requesters(rights_requests: Iterable[RightsRequest]) -> dict[UUID, str]:
    """Map those that wait to be confirmed to the user who asked, and who alone may confirm (GDPR Art 12(6))."""
    waiting = [asking.pk for asking in rights_requests if awaits_confirmation(asking)]
    if not waiting:
        return {}
    requester = Func(F("pk"), function="portal.rights_requester", output_field=TextField())
    return dict(RightsRequest.objects.filter(pk__in=waiting).values_list("pk", requester))
