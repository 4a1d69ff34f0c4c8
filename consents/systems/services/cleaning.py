"""Remove what was told long ago, and whatever is for systems that are told no longer."""

from django.db import transaction
from django.db.models import Q

from consents.core import clock
from consents.systems import selectors
from consents.systems.models import Receiver, Webhook
from consents.systems.rules import KEPT_DELIVERED, KEPT_UNDELIVERED


@transaction.atomic
def forget_old_webhooks() -> None:
    now, names = clock.now(), [system.name for system in selectors.list_told_systems()]
    is_old = Q(queued_at__lt=now - KEPT_UNDELIVERED) | Q(delivered_at__lt=now - KEPT_DELIVERED)
    Webhook.objects.filter(is_old | ~Q(system__in=names)).delete()
    Receiver.objects.exclude(name__in=names).delete()
