"""Wrapping customers' keys anew, and retiring what wraps none any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.people.models import CustomerKey

REWRAP = """
UPDATE people_customerkey AS k SET kid = %b::text, wrapped = n.wrapped
FROM unnest(%b::uuid[], %b::bytea[]) AS n (customer_id, wrapped) WHERE k.customer_id = n.customer_id
"""


class KeyInUse(Refusal):
    sentence = _("This key still wraps customers’ keys or waiting mail. Run rotate_keys again, then retire it.")


class NotForRetiring(Refusal):
    sentence = _("Only an older key can be retired, and only one that is there.")


@dataclass(frozen=True)
class Rewrapped:
    """What one batch did: keys wrapped anew, customers whose key did not open, and the last customer looked at."""

    done: int
    damaged: list[UUID]
    last: UUID | None


def keys_left(keyring: Keyring) -> int:
    """How many customers' keys an older key wraps."""
    return CustomerKey.objects.exclude(kid=keyring.current).count()


@transaction.atomic
def rewrap(*, keyring: Keyring, after: UUID | None = None, limit: int = 1000, by: Actor) -> Rewrapped:
    """Wrap the next customers' keys with the newest key; nothing that is sealed under them changes.

    Call again with `last` until it is None. A key that does not open is left as it is and named. One entry per batch.
    """
    rows = CustomerKey.objects.exclude(kid=keyring.current).order_by("customer_id")
    if after:
        rows = rows.filter(customer_id__gt=after)
    batch = list(rows.select_for_update(of=["self"])[:limit])
    wrapped, damaged = {}, []
    for row in batch:
        try:
            key = sealing.unwrap(keyring, row.kid, bytes(row.wrapped), str(row.customer_id))
        except sealing.CannotOpen:
            damaged.append(row.customer_id)
        else:
            wrapped[row.customer_id] = sealing.wrap(keyring, keyring.current, key, str(row.customer_id))
    if wrapped:
        keep_wrapped(keyring.current, wrapped, by)
    return Rewrapped(len(wrapped), damaged, batch[-1].customer_id if batch else None)


def keep_wrapped(kid: str, wrapped: Mapping[UUID, bytes], by: Actor) -> None:
    """The entry comes first: the database asks for it when the keys are written."""
    ledger.append(
        event="customer_keys.rewrapped",
        by=by,
        object_type="wrapping_key",
        object=kid,
        details={"keys": len(wrapped)},
    )
    with connection.cursor() as cursor:
        cursor.execute(REWRAP, [kid, list(wrapped), list(wrapped.values())])


@transaction.atomic
def retire_key(*, keyring: Keyring, kid: str, by: Actor) -> None:
    """Put on record that a key wraps nothing any more; the caller then takes it away.

    Raises NotForRetiring (the newest, or unknown) and KeyInUse.
    """
    if kid == keyring.current or kid not in keyring.wrapping:
        raise NotForRetiring
    if CustomerKey.objects.filter(kid=kid).exists() or Message.objects.filter(sealed__isnull=False, context__kid=kid):
        raise KeyInUse
    ledger.append(event="wrapping_key.retired", by=by, object_type="wrapping_key", object=kid)
