"""Wrap customers' keys with a newer key, and retire keys that no longer wrap any."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.models import Message
from consents.people.models import CustomerKey

REWRAP = """
UPDATE people_customerkey AS k SET kid = %b::text, wrapped = n.wrapped
FROM unnest(%b::uuid[], %b::bytea[]) AS n (customer_id, wrapped) WHERE k.customer_id = n.customer_id
"""


class KeyInUse(Refusal):
    sentence = (
        "This key is still needed for customers’ keys, second factors, or emails and webhooks that wait. Run "
        "rotate_keys again, then retire it."
    )


class CannotRetireKey(Refusal):
    sentence = "Only an older key that exists can be retired."


@dataclass(frozen=True)
class RewrapResult:
    """The result of one batch: keys rewrapped, customers whose key did not open, and the last customer looked at."""

    done: int
    damaged: list[UUID]
    last: UUID | None


def count_keys_to_rewrap(keyring: Keyring) -> int:
    """Count the customers' keys that an older key wraps."""
    return CustomerKey.objects.exclude(kid=keyring.current).count()


@transaction.atomic
def rewrap_keys(*, keyring: Keyring, after: UUID | None = None, limit: int = 1000, by: Actor) -> RewrapResult:
    """Wrap the next customers' keys with the newest key; nothing that is sealed under them changes.

    Call again with `last` until it is None. A key that does not open is left as it is and named. One entry per batch.
    """
    keys_to_wrap = CustomerKey.objects.exclude(kid=keyring.current).order_by("customer_id")
    if after:
        keys_to_wrap = keys_to_wrap.filter(customer_id__gt=after)
    batch = list(keys_to_wrap.select_for_update(of=["self"])[:limit])
    wrapped, damaged = {}, []
    for customer_key in batch:
        try:
            key = sealing.unwrap_key(
                keyring, customer_key.kid, bytes(customer_key.wrapped), str(customer_key.customer_id)
            )
        except sealing.CannotOpen:
            damaged.append(customer_key.customer_id)
        else:
            wrapped[customer_key.customer_id] = sealing.wrap_key(
                keyring, keyring.current, key, str(customer_key.customer_id)
            )
    if wrapped:
        save_rewrapped_keys(keyring.current, wrapped, by)
    return RewrapResult(len(wrapped), damaged, batch[-1].customer_id if batch else None)


def save_rewrapped_keys(kid: str, wrapped: Mapping[UUID, bytes], by: Actor) -> None:
    """Append the entry first: the database requires it when the keys are written."""
    appending.append_entry(
        event="customer_keys.rewrapped", by=by, object_type="wrapping_key", object=kid, details={"keys": len(wrapped)}
    )
    with connection.cursor() as cursor:
        cursor.execute(REWRAP, [kid, list(wrapped), list(wrapped.values())])


@transaction.atomic
def retire_key(*, keyring: Keyring, kid: str, by: Actor) -> None:
    """Record that a key no longer wraps anything; the caller then removes it.

    Raises CannotRetireKey (the newest, or unknown) and KeyInUse.
    """
    if kid == keyring.current or kid not in keyring.wrapping:
        raise CannotRetireKey
    if CustomerKey.objects.filter(kid=kid).exists() or Message.objects.filter(sealed__isnull=False, context__kid=kid):
        raise KeyInUse
    appending.append_entry(event="wrapping_key.retired", by=by, object_type="wrapping_key", object=kid)
