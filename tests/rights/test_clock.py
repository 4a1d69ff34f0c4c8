"""The clock of a request: it stands still while we wait, is extended in time, and late is late for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from consents.core.clock import now
from consents.disclosures.services import disclose_own_copy
from consents.law.kinds import Type
from consents.notifications.models import Message
from consents.rights.models import RightsRequest
from consents.rights.refusals import (
    AlreadyExtended,
    BadDayOfAnswer,
    IdentityKnown,
    IsWaiting,
    NoExtension,
    NothingAsked,
    TooLateToExtend,
)
from consents.rights.rules import Waiting
from consents.rights.services import correcting, handling
from tests.rights.handling import extend, pause, today
from tests.world.cast import build_world
from tests.world.choices import make_sale
from tests.world.rights_requests import (
    answer,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    note_reply,
    search,
    type_in,
)


class TestClock:
    def test_longer_is_said_once_with_a_reason_and_counted_from_the_receipt(self, world):
        filed = file(world.ada)

        longer = extend(world, filed)

        first, longer_inputs = (longer.register.clocks[name]["inputs"] for name in ("answer", "extended"))
        assert longer_inputs["received_on"] == first["received_on"] and longer_inputs["length"] == 3
        assert longer.answer_by == longer.extended_to > longer.due_at
        assert Message.objects.filter(kind="rights_request_extended").exists()
        with pytest.raises(AlreadyExtended):
            extend(world, filed)

    def test_an_opt_out_is_never_extended(self, world):
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        with pytest.raises(NoExtension):
            extend(world, filed)

    def test_california_does_not_wait(self, world):
        request = pause(world, file(world.cal, Type.DELETION))
        assert request.waiting_since is None and entries(request) == ["filed", "asked"]

    def test_a_running_clock_is_not_resumed_nor_a_standing_one_stopped(self, world):
        filed = file(world.ada)
        with pytest.raises(NothingAsked):
            note_reply(world, filed, today())
        pause(world, filed)
        for act in (lambda: pause(world, filed), lambda: extend(world, filed), lambda: answer(world, filed)):
            with pytest.raises(IsWaiting):
                act()


def test_the_clock_stands_still_while_we_wait(real_world, later):
    filed = file(real_world.ada)
    due = filed.due_at
    pause(real_world, filed)
    later(timedelta(days=11))

    going = note_reply(real_world, filed, today())

    assert going.waited_days == 10  # of eleven days, the first in part
    moved = going.register.due_at - due
    assert timedelta(days=5) <= moved <= timedelta(days=15)  # either end may be rolled over holidays
    assert going.register.clocks["answer"]["inputs"]["waited"] == 10
    assert entries(filed) == ["filed", "paused", "resumed"]


def test_it_stood_still_until_the_day_the_answer_came_not_until_it_was_noted(real_world, later):
    filed = file(real_world.ada)
    pause(real_world, filed)
    asked_on = timezone.localdate(filed.received_at)
    later(timedelta(days=10))
    for day in (asked_on - timedelta(days=11), today() + timedelta(days=1)):
        with pytest.raises(BadDayOfAnswer):
            note_reply(real_world, filed, day)

    going = note_reply(real_world, filed, today() - timedelta(days=6))

    assert going.waited_days == 3  # of four days, the first in part


def test_what_the_customer_was_asked_for_ends_the_wait(real_world, later):
    own, typed, meant = (
        file(real_world.ada, is_fresh=False),
        type_in(real_world, Type.RECIPIENTS),
        file_correction(real_world.ada),
    )
    pause(real_world, own, Waiting.IDENTITY)
    pause(real_world, typed, Waiting.IDENTITY)
    pause(real_world, meant, Waiting.SCOPE)
    later(timedelta(days=5))
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}

    handling.confirm_own_identity(rights_request=own.pk, **mine)
    confirm(real_world, typed, answered_on=today() - timedelta(days=2))
    copy = disclose_own_copy(customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    (contact,) = copy.records[real_world.categories["contact"].pk]
    correcting.choose_entry(rights_request=meant.pk, entry=contact.id, **mine)

    waited = [RightsRequest.objects.get(pk=one.pk) for one in (own, typed, meant)]
    assert [(one.waiting_since, one.waiting_for) for one in waited] == [(None, "")] * 3
    assert [one.waited_days for one in waited] == [5, 2, 5]
    assert entries(own) == ["filed", "paused", "identity_confirmed"]
    assert entries(meant) == ["filed", "paused", "entry_chosen"]


def test_another_question_is_not_answered_by_it(real_world):
    filed = file(real_world.ada, is_fresh=False)
    pause(real_world, filed, Waiting.SCOPE)
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    assert handling.confirm_own_identity(rights_request=filed.pk, **mine).waiting_for == "scope"


def test_nobody_is_asked_for_what_is_known_or_never_needed(world):
    make_sale(world)
    for filed in (file(world.ada), file(world.ada, Type.OBJECTION)):
        with pytest.raises(IdentityKnown):
            pause(world, filed, Waiting.IDENTITY)


def test_received_on_31_january_and_extended_is_30_april(later):
    later(datetime(2026, 1, 31, 9, tzinfo=UTC) - now())
    world = build_world()

    filed = file(world.ada)

    assert filed.due_at == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    later(datetime(2026, 3, 2, 9, tzinfo=UTC) - datetime.now(UTC))
    assert extend(world, filed).extended_to == datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)


def test_waiting_is_never_late_and_what_is_late_never_waits(real_world, later):
    waiting, late = file(real_world.ada), file(real_world.ben)
    pause(real_world, waiting)
    later(timedelta(days=60))

    waiting.refresh_from_db()
    assert not waiting.is_late_at(now()) and late.is_late_at(now())
    assert pause(real_world, late).waiting_since is None
    with pytest.raises(TooLateToExtend):
        extend(real_world, late)


def test_late_is_late_for_ever(real_world, later):
    filed = file(real_world.ada)
    search(real_world, filed)
    later(timedelta(days=60))
    assert answer(real_world, filed).is_late_at(now())
    later(timedelta(days=0))
    assert RightsRequest.objects.get().is_late_at(filed.received_at)
