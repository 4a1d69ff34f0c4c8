"""Tell customers and officers which recipients were told, and who else may have the data (GDPR Art 19; 11 CCR
7022(b), 7026(f)). Decides nothing."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.core.durations import format_day
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RecipientNotice, RightsRequest


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
