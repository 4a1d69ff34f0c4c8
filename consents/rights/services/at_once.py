"""Rights that are done in the moment they are asked for: a no needs nobody's leave."""

from collections.abc import Callable
from dataclasses import replace

from consents.choices import services as choices
from consents.choices.rules import How
from consents.ledger.rules import Actor
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Type

RIGHT = "rights request"  # how the no came about, in the entry of each choice


def withdraw(row: RightsRequest, by: Actor, how: How) -> None:
    assert row.customer_id
    for purpose in row.scope:
        choices.withdraw(customer=row.customer_id, purpose=purpose, by=by, how=how)
    if not row.scope:
        choices.withdraw_all(customer=row.customer_id, by=by, how=how)


def opt_out(row: RightsRequest, by: Actor, how: How) -> None:
    assert row.customer_id
    choices.opt_out(customer=row.customer_id, by=by, how=how)


ACTS: dict[Type, Callable[[RightsRequest, Actor, How], None]] = {Type.WITHDRAWAL: withdraw, Type.OPT_OUT: opt_out}


def perform(row: RightsRequest, by: Actor, how: How) -> None:
    """Typed in by staff, it is the portal that carries it out, on the word of the request: staff withdraw nothing."""
    is_theirs = by.kind in ("customer", "representative")
    actor = by if is_theirs else Actor("portal", channel="rights", evidence=by.evidence)
    ACTS[Type(row.request_type)](row, actor, how if is_theirs else replace(how, capacity="self"))
