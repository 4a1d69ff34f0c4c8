"""Requests that the requester's manager must agree to before the customer learns of them."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from consents.access.models import AccessRequest, ProposedRequest, Reason
from consents.access.services import proposing
from consents.access.services.asking import NewRequest
from consents.catalogue.models import PurposeVersion
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import StaffMember
from consents.people.services.staff_members import assign_manager
from tests.world.cast import make_purpose


def by_member(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def make_guarded_purpose(world: SimpleNamespace) -> PurposeVersion:
    """A purpose that needs the manager's yes; Kim is Sam's manager."""
    kinds = [world.categories["contact"], world.categories["orders"]]
    assign_manager(member=world.sam, manager=world.kim, by=PORTAL)
    return make_purpose("fraud", "Check for fraud", kinds, world.pia.user, needs_agreement=True)


def build_ask(world: SimpleNamespace, version: PurposeVersion, **terms: Any) -> NewRequest:
    values = {
        "customer": world.ada.customer.id,
        "version": version.pk,
        "categories": frozenset({world.categories["orders"].pk}),
        "reason": Reason.FRAUD_CHECK,
        "sentence": "Marker: two orders went to one address.",
        "duration": timedelta(hours=2),
        "answer_within": timedelta(days=7),
        "token": uuid4(),
    } | terms
    return NewRequest(**values)


def propose_request(world: SimpleNamespace, version: PurposeVersion, **terms: Any) -> ProposedRequest:
    """Sam proposes to ask Ada."""
    ask = build_ask(world, version, **terms)
    return proposing.propose_access_request(ask=ask, member=world.sam, by=by_member(world.sam))


def agree(proposed: ProposedRequest, manager: StaffMember) -> AccessRequest:
    agreed = proposing.agree_to_request(proposed_request=proposed.pk, manager=manager, by=by_member(manager))
    assert agreed.access_request
    return agreed.access_request


def decline(proposed: ProposedRequest, manager: StaffMember, reason: str = "Marker: call them.") -> ProposedRequest:
    by = by_member(manager)
    return proposing.decline_request(proposed_request=proposed.pk, reason=reason, manager=manager, by=by)
