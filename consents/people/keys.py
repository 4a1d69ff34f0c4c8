"""A customer's own key: made with the customer, opened only to seal or open that customer's values."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from django.conf import settings
from django.db import connection

from consents.core import sealing
from consents.people.models import Customer, CustomerKey


def made_for(customer: Customer) -> CustomerKey:
    """An unsaved key row for a new customer."""
    kid, wrapped = sealing.new_key(settings.KEYRING, str(customer.id))
    return CustomerKey(customer=customer, kid=kid, wrapped=wrapped)


def opened(key: CustomerKey) -> bytes:
    """The 32 bytes. Never keep them longer than the act."""
    return unwrapped(key.customer_id, key.kid, key.wrapped)


def of(customer: UUID) -> bytes:
    """Raises CustomerKey.DoesNotExist once the customer is erased."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kid, wrapped FROM people_customerkey WHERE customer_id = %s", [customer])
        found = cursor.fetchone()
    if found is None:
        raise CustomerKey.DoesNotExist
    return unwrapped(customer, *found)


def unwrapped(customer: UUID, kid: str, wrapped: bytes | memoryview) -> bytes:
    """From the columns of a key row, where they were read along with something else."""
    return sealing.unwrap(settings.KEYRING, kid, bytes(wrapped), str(customer))


class Opener(Mapping[UUID, bytes]):
    """Opened keys by customer, each opened when it is asked for and not kept."""

    def __init__(self, rows: Iterable[CustomerKey]) -> None:
        self.rows = {row.customer_id: row for row in rows}

    def __getitem__(self, customer: UUID) -> bytes:
        return opened(self.rows[customer])

    def __iter__(self) -> Iterator[UUID]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
