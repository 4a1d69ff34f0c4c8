"""Tell the company's systems of what no room between the vault and them can tell."""

from typing import Any

from consents.systems.services.queueing import queue_webhooks
from consents.vault.models import PartErasure


def queue_part_webhooks(erasure: PartErasure, **_: Any) -> None:
    """Tell every system that kinds of a customer's data are gone, or serve the law alone: by signal, inside the act."""
    queue_webhooks(kind="customer.part_erased", customer=erasure.customer_id, record=erasure.pk)
