"""Remove what was told long ago, and what waits for systems that are told of it no longer."""

from django.db import transaction
from django.db.models import Q

from consents.core import clock
from consents.systems import selectors
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import KEPT_DELIVERED, KEPT_UNDELIVERED, KEPT_UNKNOWN


@transaction.atomic
def forget_old_webhooks() -> None:
    """Remove both. For a system that the settings do not name, or not for this purpose, wait a day first: another
    machine may have begun with newer settings.
    """
    now, systems = clock.now(), selectors.list_told_systems()
    is_old = Q(queued_at__lt=now - KEPT_UNDELIVERED) | Q(delivered_at__lt=now - KEPT_DELIVERED)
    is_told = Q(pk__in=[])
    for system in systems:
        is_told |= Q(system=system.name, purpose__in=["", *system.purposes])
    Webhook.objects.filter(is_old | ~is_told & Q(queued_at__lt=now - KEPT_UNKNOWN)).delete()
    waiting = Webhook.objects.values("system")
    Receiver.objects.exclude(name__in=[system.name for system in systems]).exclude(name__in=waiting).delete()
