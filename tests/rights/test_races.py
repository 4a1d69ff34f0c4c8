"""Two acts on one request at once, on real connections: one wins, and the other is told."""

from uuid import uuid4

import pytest

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from consents.rights.refusals import AlreadyAnswered, AlreadyAsked, ColleagueHasIt
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling, requester_actions
from tests.rights.racing import at_once
from tests.world.rights_requests import DONE, answer, by_staff, entries, file, file_as_stranger

REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23")


@pytest.mark.parametrize("later", [DONE, REFUSED], ids=["done", "refused"])
def test_of_two_officers_one_answers(real_world, later):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)

    told = at_once(world, lambda: answer(world, filed), lambda: answer(world, filed, later, officer=world.otto))

    assert [type(refusal) for refusal in told] == [AlreadyAnswered]
    filed.refresh_from_db()
    assert (filed.outcome, filed.handler) == ("complied_whole", world.pia.user)
    assert entries(filed) == ["filed", "answered"]


def test_of_two_officers_one_takes_it(real_world):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)
    takers = [
        lambda member=member: handling.take_rights_request(rights_request=filed.pk, officer=member, by=by_staff(member))
        for member in (world.pia, world.otto)
    ]

    told = at_once(world, *takers)

    assert [type(refusal) for refusal in told] == [ColleagueHasIt]
    assert entries(filed) == ["filed", "assigned"]


def test_taken_back_while_it_is_answered(real_world):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)
    mine = {"rights_request": filed.pk, "customer": world.ada.customer.id, "by": world.ada.actor}

    told = at_once(world, lambda: requester_actions.withdraw_request(**mine), lambda: answer(world, filed))

    assert [type(refusal) for refusal in told] == [AlreadyAnswered]
    assert RightsRequest.objects.get().outcome == "withdrawn_by_requester"


def test_the_same_right_from_two_windows_is_one_request(real_world):
    world = real_world

    told = at_once(world, lambda: file(world.ada), lambda: file(world.ada))

    assert [type(refusal) for refusal in told] == [AlreadyAsked]
    assert RightsRequest.objects.count() == 1


def test_a_double_press_of_somebody_unknown_is_one_request(real_world):
    token = uuid4()

    told = at_once(
        real_world, lambda: file_as_stranger(token=token), lambda: file_as_stranger(token=token), token=token
    )

    assert told == [] and RightsRequest.objects.count() == 1
