"""Sentences on the access that would end with a purpose, a consent or a customer, shown before the act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from consents.access import selectors
from consents.access.customers.presenting import build_still_running, describe_over, list_open_requests
from consents.access.models import AccessRequest
from consents.access.rules import GrantEnd
from consents.catalogue.models import Purpose
from consents.core import clock


def preview_ended_by_retirement(purpose: Purpose, **_: Any) -> list[str]:
    return describe_endings(AccessRequest.objects.filter(purpose=purpose))


def preview_ended_by_erasure(customer: UUID, **_: Any) -> list[str]:
    return describe_endings(selectors.select_requests_of(customer))


def describe_endings(rows: QuerySet[AccessRequest]) -> list[str]:
    """Say how many requests wait and how much access runs; nothing of what there is none of."""
    now = clock.now()
    waiting = rows.filter(pk__in=selectors.select_pending(now).values("pk")).count()
    running = rows.filter(grants__in=selectors.select_live_grants(now)).distinct().count()
    requests = ngettext("%(n)d unanswered request ends.", "%(n)d unanswered requests end.", waiting)
    accesses = ngettext("%(n)d running access ends at once.", "%(n)d running accesses end at once.", running)
    return [sentence % {"n": n} for n, sentence in ((waiting, requests), (running, accesses)) if n]


def preview_stopped_by_withdrawal(customer: UUID, purpose: Purpose, **_: Any) -> list[str]:
    """Tell the customer which access ends at once, and whose requests are answered with no."""
    now = clock.now()
    requests = selectors.prefetch_categories(AccessRequest.objects.filter(customer_id=customer, purpose=purpose))
    running = requests.filter(grants__in=selectors.select_live_grants(now)).distinct()
    waiting = requests.filter(pk__in=selectors.select_pending(now).values("pk"))
    return [
        *[describe_ending(access_request, now) for access_request in running],
        *[
            gettext("The request from %(who)s is answered with no.") % {"who": access_request.asked_as}
            for access_request in waiting
        ],
    ]


def describe_ending(access_request: AccessRequest, now: datetime) -> str:
    what = ", ".join(grant.category.title for grant in access_request.grants.all() if grant.is_live(now))
    return gettext("Access ends for %(who)s: %(what)s.") % {"who": access_request.asked_as, "what": what}


def list_effects_of_withdrawal(customer: UUID, purpose: Purpose, since: datetime, **_: Any) -> dict[str, Any]:
    """List what a withdrawal ended, and what runs on for other purposes, each with the address that stops it."""
    now = clock.now()
    requests = selectors.prefetch_categories(AccessRequest.objects.filter(customer_id=customer, purpose=purpose))
    ended = requests.filter(grants__end=GrantEnd.WITHDRAWN, grants__ended_at__gte=since).distinct()
    _waiting, running = list_open_requests(customer, now)
    return {
        "ended": [describe_over(access_request) for access_request in ended.order_by("filed_at")],
        "running": [build_still_running(access_request, now) for access_request in running],
    }
