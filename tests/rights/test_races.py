"""Two acts on one request at once, on real connections: one wins, and the other is told."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from consents.ledger import services as ledger
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from consents.rights.services.filing import sent_before
from consents.rights.services.refusals import AlreadyAnswered, AlreadyAsked
from tests.access.test_races import wait_until_somebody_waits
from tests.rights.conftest import DONE, answer, entries, file, file_as_stranger

REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23")


def at_once(
    world, first: Callable[[], object], second: Callable[[], object], token: UUID | None = None
) -> list[Exception]:
    """The second begins while the first is under way. Returns what the second was told."""
    told: list[Exception] = []

    def act() -> None:
        try:
            second()
        except Exception as refusal:
            told.append(refusal)
        finally:
            connection.close()

    with transaction.atomic():
        if token:
            assert sent_before(token) is None
        ledger.hold(world.ada.customer.id)
        thread = threading.Thread(target=act)
        thread.start()
        wait_until_somebody_waits()
        first()
    thread.join(timeout=20)
    return told


@pytest.mark.parametrize("later", [DONE, REFUSED], ids=["done", "refused"])
def test_of_two_officers_one_answers(real_world, later):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)

    told = at_once(world, lambda: answer(world, filed), lambda: answer(world, filed, later, officer=world.otto))

    assert [type(refusal) for refusal in told] == [AlreadyAnswered]
    filed.refresh_from_db()
    assert (filed.outcome, filed.handler) == ("complied_whole", world.pia.user)
    assert entries(filed) == ["filed", "answered"]


def test_taken_back_while_it_is_answered(real_world):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)
    mine = {"request": filed.pk, "customer": world.ada.customer.id, "by": world.ada.actor}

    told = at_once(world, lambda: rights.withdraw(**mine), lambda: answer(world, filed))

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
