"""A wait has an end when no answer comes: an officer says so, identity fails, or nobody is left to answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.rights.models import RightsRequest
from consents.rights.refusals import BadDayOfAnswer, IsNotWaiting
from consents.rights.rules import Format, Outcome, Reply, Waiting
from consents.rights.services import handling, waiting
from tests.rights.in_sql import refused
from tests.rights.officer_pages import buttons, fresh, press, record, text
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import (
    answer,
    ask_back,
    by_staff,
    entries,
    file,
    search,
    type_in,
)

UNKNOWN = Reply(Outcome.DENIED, Format.EMAIL, "We could not be sure that it was you.", Reason.UNVERIFIED)


def paused(world, request: RightsRequest, waiting_for=Waiting.IDENTITY) -> RightsRequest:
    return ask_back(world, request, waiting_for)


def stop_waiting(world, request: RightsRequest) -> RightsRequest:
    return waiting.stop_waiting(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))


def test_without_an_answer_the_clock_goes_on_and_it_can_be_refused(real_world, later):
    request = paused(real_world, type_in(real_world))
    due = request.due_at
    later(timedelta(days=20))

    going = stop_waiting(real_world, request)

    assert (going.waiting_since, going.waiting_for, going.waited_days) == (None, "", 20)
    assert going.register.due_at > due and going.register.clocks["answer"]["inputs"]["waited"] == 20
    assert answer(real_world, going, UNKNOWN).denial_reason == "insuf_verification"
    assert entries(request) == ["filed", "paused", "unanswered", "answered"]


def test_nothing_is_stopped_where_nothing_waits(world):
    with pytest.raises(IsNotWaiting):
        stop_waiting(world, file(world.ada))


def test_on_the_pages_both_sides_read_that_no_answer_came(world):
    pia, request = signed_in(world.pia.user), paused(world, type_in(world))
    assert {"resume", "stop_waiting"} <= buttons(pia, request) and "refuse" not in buttons(pia, request)

    press(pia, request, "stop_waiting")

    assert fresh(request).waiting_since is None and "refuse" in buttons(pia, request)
    assert "No answer came: the clock goes on" in text(pia.get(record(request)))
    assert "No answer reached us" in text(signed_in(world.ada.user).get(f"/rights/requests/{request.number}/"))


def test_a_failed_check_ends_the_wait_for_it(real_world, later):
    nothing_came, too_little = (paused(real_world, type_in(real_world, type)) for type in (Type.ACCESS, Type.ERASURE))
    later(timedelta(days=10))
    about = {"officer": real_world.pia, "by": by_staff(real_world.pia)}
    with pytest.raises(BadDayOfAnswer):
        handling.fail_identity(
            rights_request=too_little.pk, answered_on=timezone.localdate(now()) + timedelta(1), **about
        )

    handling.fail_identity(rights_request=nothing_came.pk, **about)
    came_on = timezone.localdate(now()) - timedelta(days=6)
    handling.fail_identity(rights_request=too_little.pk, answered_on=came_on, **about)

    failed = [fresh(nothing_came), fresh(too_little)]
    assert [(one.waiting_since, one.verification_level) for one in failed] == [(None, "failed")] * 2
    assert failed[0].waited_days in (9, 10) and failed[1].waited_days in (3, 4)
    assert entries(nothing_came) == ["filed", "paused", "identity_failed"]


def test_another_question_still_waits_when_a_check_fails(world):
    request = paused(world, type_in(world), Waiting.SCOPE)
    failed = handling.fail_identity(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
    assert failed.waiting_for == "scope"


def test_the_page_asks_for_the_day_only_while_it_waits_for_that(world):
    pia, request = signed_in(world.pia.user), paused(world, type_in(world))

    press(pia, request, "fail_identity", answered_on="")

    assert (fresh(request).verification_level, fresh(request).waiting_since) == ("failed", None)


def test_with_the_customer_every_wait_ends(real_world):
    world = real_world
    deletion = file(world.ada, Type.ERASURE)
    search(world, deletion)
    copy = file(world.ada)
    for request in (deletion, copy):
        paused(world, request, Waiting.SCOPE)

    erase(world)

    assert (fresh(deletion).outcome, fresh(deletion).waiting_since) == ("complied_whole", None)
    assert (fresh(copy).state, fresh(copy).waiting_since) == ("in_progress", None)
    assert entries(copy)[-1] == "unanswered" and entries(deletion)[-2:] == ["unanswered", "answered"]
    assert Entry.objects.filter(object=copy.pk, event="rights_request.unanswered").get().outcome == "scope"


def test_in_sql_no_wait_ends_off_record(real_world):
    request = paused(real_world, type_in(real_world))
    over = (
        "INSERT INTO rights_pauseend (pause_id, rights_request_id, waited_days, due_at, target_on, clocks) SELECT"
        " (SELECT max(id) FROM rights_pause), id, 0, due_at, target_on, '{}'"
        " FROM rights_rightsrequest WHERE id = %(id)s"
    )
    refused("rights_pauseend_on_record", request, over)
    refused("rights_pauseend_on_record", request, over, event="acknowledged")
