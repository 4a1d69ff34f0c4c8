"""Make what acts of several rooms begin from: access that runs, a right that was granted, a deletion in proposal."""

from typing import Any

from consents.access.models import AccessRequest
from consents.catalogue.models import PurposeVersion
from consents.copies.services import packages
from consents.core.owner import as_owner
from consents.law.kinds import Type
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.models import RightsRequest
from consents.rights.services import erasing
from consents.vault.rules import Parts
from tests.world import rights_requests as requests
from tests.world.cast import answer, ask

ORDERS_KEPT = Parts(["contact", "health"], ["orders"])
PROPOSAL = {"category": "contact", "field": "phone", "right": "555-0199"}


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def asked(world) -> AccessRequest:
    """Sam asks Ada."""
    return ask(world)


def filed(world) -> RightsRequest:
    """Ada wants a copy of her data."""
    return requests.file(world.ada)


def running_and_waiting(world) -> None:
    """Ada allows one request of Sam's and has not answered another; Ben has not answered Kim."""
    answer(world, ask(world, "contact"))
    ask(world, "orders")
    ask(world, "contact", member=world.kim, customer=world.ben)


def in_a_restoration() -> Actor:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_restoration (backup, size, statement) VALUES ('1', 1, '')")
    return Actor("portal", channel="restore", original="00" * 32)


def member(one: StaffMember) -> StaffMember:
    return StaffMember.objects.select_related("user").get(pk=one.pk)


def mine(world, offers: PurposeVersion) -> dict[str, Any]:
    return {"customer": world.ada.customer.id, "purpose": offers.purpose.code, "by": world.ada.actor}


def on_right(request, member: StaffMember) -> dict[str, Any]:
    return {"rights_request": request.pk, "officer": member, "by": by_staff(member)}


def granted(world):
    request = filed(world)
    requests.search(world, request)
    return requests.answer(world, request)


def to_correct(world):
    return requests.file(world.ada, Type.RECTIFICATION, scope=("contact",), said={"proposals": [PROPOSAL]})


def parts_proposed(world):
    """Orders are to be kept; a copy of all was made, and a phone number is to be corrected."""
    running_and_waiting(world)
    packages.make_package(rights_request=granted(world).pk)
    to_correct(world)
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    erasing.propose_partial_erasure(**on_right(request, member(world.pia)), kept=["orders"], law="AO 147")
    return request


def again(request) -> dict[str, Any]:
    about = {"rights_request": request.pk, "customer": request.customer_id, "law": "AO 147", "parts": ORDERS_KEPT}
    return about | {"by": Actor("portal", channel="restore", original="ab" * 32)}
