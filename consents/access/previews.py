"""What of access would end with a purpose or a customer, in words, for the officer who is about to end it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import ngettext

from consents.access import selectors
from consents.access.models import AccessRequest
from consents.catalogue.models import Purpose
from consents.core import clock


def what_would_end(purpose: Purpose, **_: Any) -> list[str]:
    return [sentence for _n, sentence in endings(AccessRequest.objects.filter(purpose=purpose))]


def what_would_end_with(customer: UUID, **_: Any) -> list[str]:
    return [sentence for n, sentence in endings(selectors.of_customer(customer)) if n]


def endings(rows: QuerySet[AccessRequest]) -> list[tuple[int, str]]:
    """(how many, the sentence) of what waits and of what runs."""
    now = clock.now()
    waiting = rows.filter(pk__in=selectors.pending(now).values("pk")).count()
    running = rows.filter(grants__in=selectors.live_grants(now)).distinct().count()
    requests = ngettext("%(n)d unanswered request ends.", "%(n)d unanswered requests end.", waiting)
    accesses = ngettext("%(n)d running access ends at once.", "%(n)d running accesses end at once.", running)
    return [(waiting, requests % {"n": waiting}), (running, accesses % {"n": running})]
