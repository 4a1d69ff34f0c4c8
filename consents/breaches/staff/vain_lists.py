"""Put on record that a list of whom to tell names no customer: numbers could be tried out otherwise."""

from collections.abc import Sequence

from consents.breaches.rules import NobodyListed
from consents.core.refusals import Refusal
from consents.people.services import customer_records
from consents.people.visitors import StaffRequest, record_actor


def record_vain_list(request: StaffRequest, references: Sequence[str], refusal: Refusal) -> None:
    """Put on record that a list was refused because it names no customer, which the refusal tells: as a look-up."""
    if isinstance(refusal, NobodyListed):
        first = next(iter(references), "")
        customer_records.look_up_customer(text=first, by=record_actor(request), is_limited=False)
