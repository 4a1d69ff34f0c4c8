"""Entries to seal, and what a checkpoint claims."""

from django.conf import settings as portal
from django.db import transaction

from consents.core.signing import load_public_keys
from consents.ledger import checkpoints
from tests.ledger.entries import ADA, append


def add(count: int = 1, customer=ADA) -> None:
    with transaction.atomic():
        for _ in range(count):
            append(customer)


def claims(outside) -> list:
    keys = load_public_keys(portal.PORTAL_KEYS)
    return [
        checkpoints.verify_checkpoint(checkpoints.read_note(outside, name), keys)
        for name in checkpoints.list_checkpoints(outside)
    ]
