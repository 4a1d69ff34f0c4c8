"""Erasure asked by right: two officers, against no hold, and the request is answered by it."""

import pytest

from consents.core.owner import as_owner
from consents.ledger.models import Entry
from consents.people import services as people
from consents.people.models import Erasure
from consents.people.services import HeldByLaw
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Type
from consents.rights.services.refusals import IdentityFirst, NotErased, SearchFirst, WholeOnly
from tests.people.test_erasing import hold
from tests.rights.conftest import answer, by_staff, confirm, file, make_californian, search, type_in


@pytest.fixture
def world(real_world):
    real_world.cal = make_californian()
    return real_world


def propose(world, request) -> Erasure:
    return rights.propose_erasure(request=request.pk, officer=world.pia, by=by_staff(world.pia))


@pytest.mark.parametrize("type", [Type.ERASURE, Type.DELETION])
def test_the_second_officer_erases_and_that_answers_it(world, type):
    person = world.ada if type == Type.ERASURE else world.cal
    request = file(person, type)
    search(world, request)
    propose(world, request)
    request.refresh_from_db()
    assert not request.is_answered

    people.erase(customer=person.customer.id, officer=world.otto, by=by_staff(world.otto))

    request.refresh_from_db()
    assert (request.outcome, request.handler_id) == ("complied_whole", world.pia.pk)
    answered = Entry.objects.get(event="rights_request.answered")
    assert answered.actor == str(world.otto.pk)


def test_first_it_is_known_who_asks_and_where_their_data_lies(world):
    request = type_in(world, Type.ERASURE)
    with pytest.raises(IdentityFirst):
        propose(world, request)
    confirm(world, request)
    with pytest.raises(SearchFirst):
        propose(world, request)
    assert not Erasure.objects.exists()


def test_a_legal_hold_stops_it(world):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    hold(world)

    with pytest.raises(HeldByLaw):
        propose(world, request)
    assert not Erasure.objects.exists()
    assert not Entry.objects.filter(event="rights_request.erasure_proposed").exists()


def test_it_is_done_by_the_erasure_alone(world):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    with pytest.raises(NotErased):
        answer(world, request)


def test_of_some_kinds_alone_nothing_is_filed_or_proposed(world):
    with pytest.raises(WholeOnly):
        file(world.ada, Type.ERASURE, scope=("orders",))
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE rights_rightsrequest DISABLE TRIGGER rights_rightsrequest_frozen")
        cursor.execute("UPDATE rights_rightsrequest SET scope = '[\"orders\"]'")
        cursor.execute("ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen")

    with pytest.raises(WholeOnly):
        propose(world, request)
    assert not Erasure.objects.exists()


def test_another_request_of_theirs_is_not_answered_by_it(world):
    other = file(world.ada, Type.ACCESS)
    people.propose_erasure(
        customer=world.ada.customer.id, reason=Erasure.Reason.UNLAWFUL, officer=world.pia, by=by_staff(world.pia)
    )
    people.erase(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))

    assert not RightsRequest.objects.get(pk=other.pk).is_answered
