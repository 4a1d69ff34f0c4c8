"""Tell customers and officers which recipients were told, and who else may have the data (GDPR Art 19; 11 CCR
7022(b), 7026(f)). Decides nothing."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from consents.core.durations import format_day
from consents.law.identity import Level
from consents.people.models import Customer
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import IdentityCheck, RecipientNotice, RightsRequest
from consents.rights.rules import Channel


def select_notices(rights_request: RightsRequest) -> QuerySet[RecipientNotice]:
    """Select the notices of this request, or of all the customer's requests where they asked for that."""
    rows = RecipientNotice.objects.select_related("recipient", "rights_request").order_by("told_at", "id")
    is_about_all = get_fulfilment(rights_request).lists_all_notices and rights_request.customer_id is not None
    return (
        rows.filter(customer=rights_request.customer_id) if is_about_all else rows.filter(rights_request=rights_request)
    )


def list_possible_recipients(rights_request: RightsRequest) -> set[str]:
    uses = get_fulfilment(rights_request).find_uses(rights_request).prefetch_related("recipients")
    return {recipient.name for use in uses for recipient in use.recipients.all()}


def describe_notices(rights_request: RightsRequest) -> list[tuple[str, str]]:
    """List (name, when or why not). What somebody asks for they read with the answer."""
    if get_fulfilment(rights_request).lists_all_notices and not rights_request.is_answered:
        return []
    return [(one.recipient.name, describe_own_notice(one, rights_request)) for one in select_notices(rights_request)]


def describe_own_notice(notice: RecipientNotice, rights_request: RightsRequest) -> str:
    if notice.told_on is None:
        return _("Not told: %(why)s") % {"why": notice.get_why_not_display()}
    about = {"day": format_day(notice.told_on), "number": notice.rights_request.number}
    is_own = notice.rights_request_id == rights_request.pk
    return (_("Told on %(day)s") if is_own else _("Told on %(day)s of your request %(number)s")) % about


def describe_notice(notice: RecipientNotice) -> str:
    """Say to staff when and how a recipient was told, or why not."""
    if notice.told_on is None:
        return _("Not told: %(why)s") % {"why": notice.get_why_not_display()}
    return _("Told on %(day)s, %(way)s") % {"day": format_day(notice.told_on), "way": notice.get_way_display()}


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
