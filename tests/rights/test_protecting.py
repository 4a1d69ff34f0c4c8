"""A pause, an objection and a limit hold from the moment it is known whose they are."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.choices.services.marking import NotLiftedByStaff
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.home.staff_emails import count_waiting_work
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.rights.models import RightsRequest
from consents.rights.refusals import CannotRefuse, NotToObject
from consents.rights.rules import Appealed, Format, Outcome, Reply
from consents.rights.services import answering, handling, requester_actions
from consents.rights.services.immediate_effects import list_liftable
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.rights.handling import make_use
from tests.rights.in_sql import ANSWERED
from tests.world.cast import signed_in
from tests.world.rights_requests import DONE, answer, by_staff, confirm, file, file_as_stranger, type_in

PARTLY = Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, "Not the rest.", Reason.NOT_COVERED)
PAUSED = "The use of your data is still paused, until a privacy officer ends the pause."
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED)


def marks(request) -> list[tuple[str, str]]:
    standing = Mark.objects.filter(request=request.pk, lifted_at=None).order_by("pk")
    return [(mark.kind, mark.purpose.code if mark.purpose else "") for mark in standing]


@pytest.mark.parametrize(("type", "kind"), [(Type.RESTRICTION, "restriction"), (Type.OBJECTION, "objection")])
def test_it_holds_as_soon_as_it_is_filed(world, type, kind):
    assert marks(file(world.ada, type)) == [(kind, "")]


def test_a_refused_pause_runs_until_an_officer_ends_it_and_both_read_so(real_world):
    world, request = real_world, file(real_world.ada, Type.RESTRICTION)
    ada, page = signed_in(world.ada.user), f"/rights/requests/{request.number}/"
    assert PAUSED not in ada.get(page).text
    assert answer(world, request, REFUSED).outcome == "denied"

    work = {each.code: number for each, number in count_waiting_work(world.otto)}
    assert PAUSED in ada.get(page).text and work["pauses"] == 1

    [mark] = Mark.objects.filter(request=request.pk)
    marking.lift_mark(mark=mark.pk, by=by_staff(world.pia))
    assert PAUSED not in ada.get(page).text
    assert "pauses" not in {each.code for each, _number in count_waiting_work(world.otto)}


def test_an_objection_to_direct_marketing_is_never_weighed(world):
    make_use(world, "offers", dpv_purpose="dpv:DirectMarketing")
    make_use(world)
    one, mixed, all_of_it = (file(world.ada, Type.OBJECTION, scope=of) for of in (["offers"], ["offers", "theft"], []))

    for request, reply in [(one, REFUSED), (one, PARTLY), (mixed, REFUSED), (all_of_it, REFUSED)]:
        with pytest.raises(CannotRefuse):
            answer(world, request, reply)

    assert answer(world, mixed, replace(PARTLY, granted=("offers",))).outcome == "complied_part"
    assert answer(world, one).outcome == "complied_whole"
    assert answer(world, file(world.ada, Type.OBJECTION, scope=["theft"]), REFUSED).outcome == "denied"


def test_an_objection_holds_for_the_purposes_it_names(world):
    make_use(world), make_use(world, "quality")

    request = file(world.ada, Type.OBJECTION, scope=("theft",))

    assert marks(request) == [("objection", "theft")]
    asked = [
        decide_use(customer=world.ada.customer.id, category="contact", purpose=code) for code in ("theft", "quality")
    ]
    assert [one.why for one in asked] == [DecisionCode.OBJECTED, DecisionCode.OTHER_BASIS]


@pytest.mark.parametrize("basis", ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d"])
def test_nobody_objects_to_what_rests_on_consent_contract_law_or_life(world, basis):
    make_use(world), make_use(world, "other", legal_basis=basis)

    for scope in (("other",), ("theft", "other")):
        with pytest.raises(NotToObject):
            file(world.ada, Type.OBJECTION, scope=scope)

    assert not RightsRequest.objects.exists()


def test_who_only_says_that_they_are_ada_pauses_nothing_of_hers(world):
    request = type_in(world, Type.RESTRICTION)
    assert marks(request) == []

    confirm(world, request)

    assert marks(request) == [("restriction", "")]
    assert Entry.objects.get(event="restriction.placed").actor_kind == "portal"


def test_a_strangers_objection_holds_once_it_is_matched(world):
    request = file_as_stranger(Type.OBJECTION)
    assert not Mark.objects.exists()

    handling.match_to_customer(
        rights_request=request.pk, customer=world.ada.customer.id, officer=world.pia, by=by_staff(world.pia)
    )

    assert marks(request) == [("objection", "")]


def test_a_later_sign_in_makes_it_hold(world):
    request = file(world.ada, Type.RESTRICTION, is_fresh=False)
    assert marks(request) == []

    handling.confirm_own_identity(rights_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert marks(request) == [("restriction", "")]


def test_a_limit_is_done_when_it_is_filed(world):
    request = file(world.cal, Type.LIMIT)

    assert (request.outcome, marks(request)) == (Outcome.COMPLIED_WHOLE, [("limit", "")])


def test_granted_it_stays(world):
    request = file(world.ada, Type.RESTRICTION)
    answer(world, request)

    mark = Mark.objects.get(request=request.pk)
    assert (mark.lift_announced_at, mark.lifted_at) == (None, None)


def test_refused_it_is_announced_to_end_and_ends_when_an_officer_lifts_it(real_world):
    world, request = real_world, file(real_world.ada, Type.RESTRICTION)
    answer(world, request, REFUSED)

    mark = Mark.objects.get(request=request.pk)
    assert mark.lift_announced_at and mark.lifted_at is None
    assert Message.objects.filter(kind="mark_lift_announced", customer=world.ada.customer).exists()

    marking.lift_mark(mark=mark.pk, by=by_staff(world.pia))
    assert marks(request) == []


def test_taken_back_it_ends(world):
    request = file(world.ada, Type.OBJECTION)

    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert marks(request) == []


def test_each_request_has_its_own_and_none_falls_with_another(world):
    make_use(world)
    scope = ("theft",)
    first = file(world.ada, Type.OBJECTION)
    second = file(world.ada, Type.OBJECTION, scope=scope)
    third = file(world.ada, Type.RESTRICTION)
    marking.place_mark(customer=world.ada.customer.id, kind=MarkKind.OBJECTION, by=world.ada.actor)

    requester_actions.withdraw_request(rights_request=first.pk, customer=world.ada.customer.id, by=world.ada.actor)
    answer(world, second)

    assert marks(first) == [] and marks(second) == [("objection", "theft")] and marks(third)
    assert Mark.objects.filter(kind="objection", purpose=None, lifted_at=None).count() == 1


def test_a_second_pause_does_not_end_with_the_refused_first(real_world):
    world, first = real_world, file(real_world.ada, Type.RESTRICTION)
    answer(world, first, REFUSED)
    second = file(world.ada, Type.RESTRICTION)

    marking.lift_mark(mark=Mark.objects.get(request=first.pk).pk, by=by_staff(world.pia))
    answer(world, second)

    assert marks(second) == [("restriction", "")]


@pytest.mark.parametrize("type", [Type.RESTRICTION, Type.OBJECTION])
def test_decided_anew_it_holds_again(real_world, type):
    world, request = real_world, file(real_world.ada, type)
    answer(world, request, REFUSED)
    marking.lift_mark(mark=Mark.objects.get(request=request.pk).pk, by=by_staff(world.pia))
    requester_actions.appeal_answer(
        rights_request=request.pk, customer=world.ada.customer.pk, why="Look.", by=world.ada.actor
    )

    anew = answering.decide_appeal(
        rights_request=request.pk, outcome=Appealed.REVERSED, text="Yes.", officer=world.otto, by=by_staff(world.otto)
    )

    assert marks(anew) == [((type == Type.RESTRICTION and "restriction") or "objection", "")]


def test_granted_after_the_customer_had_lifted_it_it_holds_again(world):
    request = file(world.ada, Type.RESTRICTION)
    marking.lift_mark(mark=Mark.objects.get(request=request.pk).pk, by=world.ada.actor)

    answer(world, request)

    assert marks(request) == [("restriction", "")]


@pytest.mark.parametrize("type", [Type.RESTRICTION, Type.OBJECTION])
def test_in_sql_nothing_is_granted_that_does_not_hold(world, type):
    request = file(world.ada, type)
    marking.lift_mark(mark=Mark.objects.get(request=request.pk).pk, by=world.ada.actor)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic(), connection.cursor() as cursor:
        for statement in ANSWERED.split("; "):
            cursor.execute(statement, {"id": request.pk})
        cursor.execute("SET CONSTRAINTS rights_answer_has_effect IMMEDIATE")


def staff_may_end(request) -> bool:
    return bool(list_liftable(RightsRequest.objects.get(pk=request.pk)))


def test_staff_end_a_pause_or_what_was_refused_and_no_other_no(world):
    make_use(world)
    pause, objection, limit = (
        file(world.ada, Type.RESTRICTION),
        file(world.ada, Type.OBJECTION),
        file(world.cal, Type.LIMIT),
    )
    refused = file(world.ada, Type.OBJECTION, scope=("theft",))
    assert not any(map(staff_may_end, [pause, objection, refused, limit]))

    answer(world, pause), answer(world, objection), answer(world, refused, REFUSED)

    assert [staff_may_end(one) for one in (pause, objection, refused, limit)] == [True, False, True, False]
    with pytest.raises(NotLiftedByStaff):
        marking.announce_mark_lift(mark=Mark.objects.get(request=limit.pk).pk, by=by_staff(world.pia))
    with pytest.raises(NotLiftedByStaff):
        marking.lift_mark(mark=Mark.objects.get(request=limit.pk).pk, by=by_staff(world.pia))


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "granted"])
def test_in_sql_staff_end_an_objection_only_where_it_was_refused(real_world, is_refused):
    world, request = real_world, file(real_world.ada, Type.OBJECTION)
    answer(world, request, REFUSED if is_refused else DONE)
    mark = Mark.objects.get(request=request.pk)
    by = str(world.pia.pk)

    told = []
    with application_speaking() as application:
        for event, column in [("lift_announced", "lift_announced_at"), ("lifted", "lifted_at")]:
            entry = (
                "SELECT portal.append_entry(%s, %s, 'staff', %s, 'mark', %s, '', 'portal', NULL, 'objection', '{}')",
                [f"objection.{event}", mark.customer_id, by, str(mark.pk)],
            )
            moved = f"UPDATE choices_mark SET {column} = portal.now() WHERE id = %s AND {column} IS NULL", [mark.pk]
            told.append(outcome(application, entry, moved))

    refused = "23001 choices_mark_objection_answered"
    if is_refused:
        assert all(one.startswith("allowed") for one in told)
    else:
        assert told == [refused, refused]
