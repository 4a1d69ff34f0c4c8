"""What of access would end with a purpose, a consent or a customer, in words, for who is about to end it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

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


def what_would_stop(customer: UUID, purpose: Purpose, **_: Any) -> list[str]:
    """For the customer: who stops seeing their data at once, and who gets no answer any more."""
    now = clock.now()
    rows = AccessRequest.objects.filter(customer_id=customer, purpose=purpose)
    running = rows.filter(grants__in=selectors.live_grants(now)).distinct()
    waiting = rows.filter(pk__in=selectors.pending(now).values("pk"))
    return [
        *[gettext("%(who)s cannot see your data any more.") % {"who": row.asked_as} for row in running],
        *[gettext("The request of %(who)s is answered with no.") % {"who": row.asked_as} for row in waiting],
    ]
