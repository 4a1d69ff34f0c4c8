"""Name the customer as systems do: by number, which is sealed under the portal's own key once they are erased."""

from uuid import UUID

from django.conf import settings

from consents.core import sealing
from consents.systems.models import Webhook

PLACE = "webhook"


def seal_number(webhook: UUID, number: str, key_id: str) -> bytes:
    return sealing.seal_value(settings.KEYRING.wrapping[key_id], number.encode(), PLACE, str(webhook))


def read_number(webhook: Webhook) -> str | None:
    """Return the number of the customer; None for everybody. Raises KeyError, CannotOpen."""
    if webhook.sealed:
        key = settings.KEYRING.wrapping[webhook.key_id]
        return sealing.open_value(key, bytes(webhook.sealed), PLACE, str(webhook.pk)).decode()
    if webhook.customer is None:
        return None
    if not webhook.customer.reference:  # nobody is told of everybody because one number is gone
        raise sealing.CannotOpen
    return webhook.customer.reference
