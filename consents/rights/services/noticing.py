"""What customers do on their own pages of choices is a request under the law too, answered by being done.

By signals of `choices`, inside those acts. What came in as a request is on record already, and what the portal puts
right again is no request.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Purpose
from consents.choices.rules import SIGNAL, How
from consents.choices.services.marking import OWN
from consents.core import clock
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel, State
from consents.rights.rules.kinds import KINDS, Type
from consents.rights.services import at_once
from consents.rights.services.filing import Wanted, answer_at_once, drawn_up, law_for, leave_entry


@transaction.atomic
def record_opt_out(*, customer: UUID, how: How, by: Actor, **_: Any) -> RightsRequest | None:
    """By button or by the browser's signal. None where the law of California does not hold."""
    return record(Type.OPT_OUT, customer, how, by)


@transaction.atomic
def record_opt_in(*, customer: UUID, how: How, by: Actor, **_: Any) -> RightsRequest | None:
    """A yes to a sale that they had stopped. None where the law of California does not hold."""
    return record(Type.OPT_IN, customer, how, by)


@transaction.atomic
def record_withdrawal(
    *, customer: UUID, purposes: list[Purpose], how: How, by: Actor, **_: Any
) -> RightsRequest | None:
    """Of one purpose or several at once. None where European law does not hold."""
    return record(Type.WITHDRAWAL, customer, how, by, scope=tuple(purpose.code for purpose in purposes))


def record(type: Type, customer: UUID, how: How, by: Actor, scope: tuple[str, ...] = ()) -> RightsRequest | None:
    ledger.hold(customer)
    person = Customer.objects.get(pk=customer)
    if how.method == at_once.RIGHT or by.kind not in OWN or type not in KINDS[law_for(person, "")[1]]:
        return None
    channel = Channel.SIGNAL if how.method == SIGNAL else Channel.PORTAL
    wanted = Wanted(type, channel, customer, scope=scope, capacity=how.capacity, language=how.language)
    now = clock.now()
    row, _kind = drawn_up(wanted, now)
    if row.state != State.ANSWERED:
        row.acknowledged_at = None
        answer_at_once(row, now)
    row.save(force_insert=True)
    leave_entry(row, wanted, by, is_written=False)
    return row
