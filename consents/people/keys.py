"""Make and open customers' own keys; a key is open only to seal or open that customer's values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection

from consents.core import sealing
from consents.people.models import Acting, Customer, CustomerKey


class WrappedKey(Protocol):
    """A row of `people_customerkey`, or what will be one."""

    @property
    def customer_id(self) -> UUID: ...
    @property
    def kid(self) -> str: ...
    @property
    def wrapped(self) -> Any: ...


def build_customer_key(customer: Customer) -> CustomerKey:
    """Build an unsaved key for a new customer."""
    kid, wrapped = sealing.create_wrapped_key(settings.KEYRING, str(customer.id))
    return CustomerKey(customer=customer, kid=kid, wrapped=wrapped)


def open_key_row(key: WrappedKey) -> bytes:
    """Return the 32 bytes of a key. Never keep them longer than the act."""
    return unwrap_customer_key(key.customer_id, key.kid, key.wrapped)


def open_customer_key(customer: UUID) -> bytes:
    """Return the 32 bytes of a customer's key. Raises CustomerKey.DoesNotExist once the customer is erased."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kid, wrapped FROM people_customerkey WHERE customer_id = %s", [customer])
        wrapped = cursor.fetchone()
    if wrapped is None:
        raise CustomerKey.DoesNotExist
    return unwrap_customer_key(customer, *wrapped)


def unwrap_customer_key(customer: UUID, kid: str, wrapped: bytes | memoryview) -> bytes:
    """Open a key from its columns, for callers that have read them with something else."""
    return sealing.unwrap_key(settings.KEYRING, kid, bytes(wrapped), str(customer))


def open_unless_erased(customer: UUID, sealed: bytes | memoryview | None, *place: str) -> str:
    """Open one value with its customer's key; '' without one, or once the customer is erased. Raises CannotOpen."""
    if sealed is None:
        return ""
    try:
        return sealing.open_value(open_customer_key(customer), bytes(sealed), *place).decode()
    except CustomerKey.DoesNotExist:
        return ""


class KeyOpener(Mapping[UUID, sealing.Key]):
    """Map customers to their keys, each opened on access and not kept. `prepared`: keys that were made for this act,
    which are open until it ends.
    """

    def __init__(self, rows: Iterable[WrappedKey], prepared: Mapping[UUID, sealing.Key] = {}) -> None:
        self.rows, self.prepared = {row.customer_id: row for row in rows}, prepared

    def __getitem__(self, customer: UUID) -> sealing.Key:
        return self.prepared.get(customer) or open_key_row(self.rows[customer])

    def __iter__(self) -> Iterator[UUID]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def seal_spoken_name(acting: Acting, name: str) -> bytes:
    """Seal what this representative calls the customer."""
    return sealing.seal_value(open_customer_key(acting.customer_id), name.encode(), *get_spoken_name_place(acting))


def open_spoken_name(acting: Acting) -> str:
    """Return what this representative calls the customer; '' if they said nothing, or it no longer opens."""
    if acting.sealed_name is None:
        return ""
    try:
        key = open_customer_key(acting.customer_id)
        return sealing.open_value(key, bytes(acting.sealed_name), *get_spoken_name_place(acting)).decode()
    except (CustomerKey.DoesNotExist, sealing.CannotOpen):
        return ""


def get_spoken_name_place(acting: Acting) -> tuple[str, ...]:
    return (str(acting.customer_id), "spoken name", str(acting.user_id))
