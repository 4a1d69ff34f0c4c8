"""Read which systems there are, and what still waits to be delivered to them."""

from typing import Any

from django.conf import settings
from django.db.models import Count, DateTimeField, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from consents.core.bearer_tokens import is_token
from consents.core.clock import DatabaseNow
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import HELD_UP_FOR, LATE, System


def find_system(header: str) -> System | None:
    """Find whose token this `Authorization` header has; None where it is nobody's."""
    return next((system for system in settings.PORTAL_SYSTEMS if is_token(header, system.tokens)), None)


def list_told_systems(purpose: str = "") -> list[System]:
    """List the systems that take webhooks and may ask about this purpose; without one, all that take any."""
    return [system for system in settings.PORTAL_SYSTEMS if system.address and system.may_ask_about(purpose)]


def select_undelivered_webhooks() -> QuerySet[Webhook]:
    return Webhook.objects.filter(delivered_at=None)


def find_due_webhook(system: System) -> Webhook | None:
    """Find what is to be sent to this system next, about its purposes of today: of each customer nothing before what
    was queued earlier, until that has failed a few times.
    """
    running = Receiver.objects.filter(name=system.name, stopped_at=None, resumes_at__lte=DatabaseNow())
    undelivered = select_undelivered_webhooks().filter(given_up_at=None)
    waiting = undelivered.filter(system=system.name, purpose__in=["", *system.purposes])
    earlier = waiting.filter(customer=OuterRef("customer"), queued_at__lt=OuterRef("queued_at"), tries__lt=HELD_UP_FOR)
    due = waiting.filter(~Exists(earlier), Exists(running), due_at__lte=DatabaseNow())
    return due.select_related("customer").order_by("due_at", "pk").first()


def is_key_in_use(key_id: str) -> bool:
    """Return True while the number of an erased customer waits under this wrapping key to be told."""
    return select_undelivered_webhooks().filter(key_id=key_id, sealed__isnull=False).exists()


def select_receivers() -> QuerySet[Any]:
    """Select those that the settings name, with the numbers of webhooks, `waiting` and `given_up`, and `is_late`."""
    of_receiver = select_undelivered_webhooks().filter(system=OuterRef("name")).order_by().values("system")
    waiting = of_receiver.filter(given_up_at=None)
    names = [system.name for system in list_told_systems()]
    receivers = Receiver.objects.filter(name__in=names).annotate(
        waiting=Coalesce(Subquery(waiting.annotate(number=Count("pk")).values("number")), 0),
        given_up=Coalesce(
            Subquery(of_receiver.exclude(given_up_at=None).annotate(number=Count("pk")).values("number")), 0
        ),
        waits_since=Subquery(
            waiting.annotate(first=Min("queued_at")).values("first"), output_field=DateTimeField(null=True)
        ),
    )
    return receivers.annotate(is_late=Q(waits_since__lt=DatabaseNow() - LATE))


def is_anything_held(receiver: Receiver) -> bool:
    """Tell whether something failed at this receiver, so that it is sent later or not at all."""
    if receiver.failures or receiver.stopped_at:
        return True
    return select_undelivered_webhooks().filter(system=receiver.name, tries__gt=0).exists()


def select_troubled_receivers() -> QuerySet[Any]:
    """Select those that are not told: stopped, with something given up, or with something that waits for long."""
    return select_receivers().filter(Q(stopped_at__isnull=False) | Q(given_up__gt=0) | Q(is_late=True))
