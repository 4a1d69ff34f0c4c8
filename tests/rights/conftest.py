"""Requests of every kind, built through the services. Cal lives in California."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import services as people
from consents.people.models import Customer, StaffMember
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel, Fact, Format, Outcome
from consents.rights.rules.kinds import Level, Type
from consents.rights.services import Reply, Wanted
from tests.cast import make_user

TWO_FACTS = [Fact.REFERENCE, Fact.BIRTH]
DONE = Reply(Outcome.COMPLIED_WHOLE, Format.DOWNLOAD, "Here it is.")


def make_californian() -> SimpleNamespace:
    customer = people.open_record(reference="C-1003", email="cal@example.com", country="US", region="CA", by=PORTAL)
    user = make_user("cal@example.com")
    people.arrive(user=user, by=Actor("customer", str(user.id)))
    return SimpleNamespace(
        user=user, customer=customer, acting=user.actings.get(), actor=Actor("customer", str(user.id))
    )


@pytest.fixture
def world(world):
    world.cal = make_californian()
    return world


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def file(person, type: Type = Type.ACCESS, **terms) -> RightsRequest:
    """Signed in afresh, through their own pages."""
    terms = {"channel": Channel.PORTAL, "is_fresh": True} | terms
    return rights.file(wanted=Wanted(type, customer=person.customer.pk, **terms), by=person.actor)


PHONE = {"category": "contact", "field": "phone", "right": "555-0199"}


def file_correction(person, type: Type = Type.RECTIFICATION, proposals=(PHONE,), **terms) -> RightsRequest:
    terms = {"scope": (proposals[0]["category"],), "said": {"proposals": list(proposals)}} | terms
    return file(person, type, **terms)


def accept(world, request: RightsRequest, place: int = 0, why_not=None) -> RightsRequest:
    by = by_staff(world.pia)
    rights.decide_value(request=request.pk, place=place, officer=world.pia, by=by, why_not=why_not)
    return request


def file_as_stranger(type: Type = Type.ACCESS, **terms) -> RightsRequest:
    terms = {"said": {"email": "ada@example.com", "name": "Ada"}, "token": uuid4(), "language": "en"} | terms
    return rights.file(wanted=Wanted(type, Channel.WEBFORM, **terms), by=Actor("visitor"))


def type_in(world, type: Type = Type.ACCESS, customer: Customer | None = None, **terms) -> RightsRequest:
    terms = {"channel": Channel.PHONE, "customer": (customer or world.ada.customer).pk} | terms
    return rights.file(wanted=Wanted(type, **terms), by=by_staff(world.sam), member=world.sam)


def search(world, request: RightsRequest) -> None:
    rights.note_search(request=request.pk, system="vault", found=True, officer=world.pia, by=by_staff(world.pia))


def confirm(world, request: RightsRequest, customer: Customer | None = None, **terms) -> RightsRequest:
    terms = {"level": Level.REASONABLE, "facts": TWO_FACTS} | terms
    id = customer.pk if customer else None
    return rights.confirm_identity(request=request.pk, customer=id, officer=world.pia, by=by_staff(world.pia), **terms)


def answer(world, request: RightsRequest, reply: Reply = DONE, officer: StaffMember | None = None) -> RightsRequest:
    officer = officer or world.pia
    return rights.answer(request=request.pk, reply=reply, officer=officer, by=by_staff(officer))


def entries(request: RightsRequest) -> list[str]:
    found = Entry.objects.filter(object=str(request.pk)).order_by("id")
    return [event.removeprefix("rights_request.") for event in found.values_list("event", flat=True)]
