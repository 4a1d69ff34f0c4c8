"""Record choices that customers make on their own pages as requests under the law, answered by being done.

By signals of `choices`, inside those acts. What came in as a request is on record already; what the portal puts right
again, and what its own check does as a made-up customer, is no request.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Purpose
from consents.choices.rules import SIGNAL, ActContext
from consents.choices.services.marking import OWN_ACTORS
from consents.core import clock
from consents.law.kinds import KINDS, Type
from consents.ledger.rules import Actor
from consents.people.selectors import find_real_customer
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel, State
from consents.rights.rules.inputs import NewRequest
from consents.rights.services import immediate_effects
from consents.rights.services.filing import append_filing_entry, build_rights_request, find_law, insert_immediate_answer


@transaction.atomic(savepoint=False)
def record_opt_out(*, customer: UUID, how: ActContext, by: Actor, **_: Any) -> RightsRequest | None:
    """Record an opt-out by button or by the browser's signal. None where the law of California does not hold."""
    return record_choice(Type.OPT_OUT, customer, how, by)


@transaction.atomic(savepoint=False)
def record_opt_in(*, customer: UUID, how: ActContext, by: Actor, **_: Any) -> RightsRequest | None:
    """Record a yes to a sale that they had stopped. None where the law of California does not hold."""
    return record_choice(Type.OPT_IN, customer, how, by)


@transaction.atomic(savepoint=False)
def record_withdrawal(
    *, customer: UUID, purposes: list[Purpose], how: ActContext, by: Actor, **_: Any
) -> RightsRequest | None:
    """Record a withdrawal of one purpose or several at once. None where European law does not hold."""
    return record_choice(Type.WITHDRAWAL, customer, how, by, scope=tuple(purpose.code for purpose in purposes))


def record_choice(
    type: Type, customer: UUID, how: ActContext, by: Actor, scope: tuple[str, ...] = ()
) -> RightsRequest | None:
    """Record it for the customer, whom the act that sent the signal has locked."""
    if how.method == immediate_effects.RIGHT or by.kind not in OWN_ACTORS:
        return None
    person = find_real_customer(customer)
    if person is None or type not in KINDS[find_law(person, "")[1]]:
        return None
    now = clock.now()
    channel = Channel.SIGNAL if how.method == SIGNAL else Channel.PORTAL
    new_request = NewRequest(type, channel, person.pk, scope=scope, capacity=how.capacity, language=how.language)
    rights_request, _kind = build_rights_request(new_request, person, now)
    rights_request.save(force_insert=True)
    insert_immediate_answer(rights_request, now)
    rights_request.state = State.ANSWERED
    append_filing_entry(rights_request, new_request, by, is_written=False)
    return rights_request
