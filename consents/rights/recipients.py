"""Who was told of what was done with somebody's data, and who may have it besides (GDPR Art 19; 11 CCR 7022(b),
7026(f)). Decides nothing."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.rights.forms import day
from consents.rights.models import RightsRequest, Told
from consents.rights.rules.kinds import Type
from consents.rights.services.filing import PURPOSES


def noted(row: RightsRequest) -> QuerySet[Told]:
    """Of this request; of all that the customer ever made, where that is what they asked for."""
    rows = Told.objects.select_related("recipient", "request").order_by("told_at", "id")
    is_about_all = row.request_type == Type.RECIPIENTS and row.customer_id is not None
    return rows.filter(request__customer=row.customer_id) if is_about_all else rows.filter(request=row)


def uses(row: RightsRequest) -> QuerySet[PurposeVersion]:
    """Those in force that the request reaches."""
    found, type = catalogue.in_force(), Type(row.request_type)
    if type == Type.OPT_OUT:
        return found.filter(sale=True)
    if type == Type.LIMIT:
        return found.filter(categories__sensitive=True)
    if not row.scope:
        return found
    return found.filter(**{"purpose__code__in" if type in PURPOSES else "categories__code__in": row.scope})


def may_have_it(row: RightsRequest) -> set[str]:
    return {one.name for use in uses(row).prefetch_related("recipients") for one in use.recipients.all()}


def to_customer(row: RightsRequest) -> list[tuple[str, str]]:
    """(name, when or why not). What somebody asks for they read with the answer."""
    if row.request_type == Type.RECIPIENTS and not row.is_answered:
        return []
    return [(one.recipient.name, in_words(one, row)) for one in noted(row)]


def in_words(one: Told, row: RightsRequest) -> str:
    if one.why_not:
        return _("Not told: %(why)s") % {"why": one.get_why_not_display()}
    about = {"day": day(timezone.localtime(one.told_at)), "number": one.request.number}
    is_own = one.request_id == row.pk
    return (_("Told on %(day)s") if is_own else _("Told on %(day)s of your request %(number)s")) % about
