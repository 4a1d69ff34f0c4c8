"""A pause, an objection and a limit hold from the moment it is known whose they are."""

import pytest

from consents.choices import services as choices
from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.decisions.rules import Why
from consents.decisions.selectors import may_use
from consents.ledger.models import Entry
from consents.notifications.models import Message
from consents.rights import services as rights
from consents.rights.rules.answers import Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from consents.rights.services.refusals import CannotRefuse
from tests.cast import make_purpose
from tests.rights.conftest import answer, by_staff, confirm, file, file_as_stranger, type_in

PARTLY = Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, "Not the rest.", Reason.NOT_COVERED)
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED)


INTEREST = {"legal_basis": "A6-1-f"}


def marks(request) -> list[tuple[str, str]]:
    standing = Mark.objects.filter(request=request.pk, lifted_at=None).order_by("pk")
    return [(mark.kind, mark.purpose.code if mark.purpose else "") for mark in standing]


@pytest.mark.parametrize(("type", "kind"), [(Type.RESTRICTION, "restriction"), (Type.OBJECTION, "objection")])
def test_it_holds_as_soon_as_it_is_filed(world, type, kind):
    assert marks(file(world.ada, type)) == [(kind, "")]


def test_an_objection_to_direct_marketing_is_never_weighed(world):
    make_purpose(
        "offers",
        "Send you offers",
        [world.categories["contact"]],
        world.pia.user,
        dpv_purpose="dpv:DirectMarketing",
        **INTEREST,
    )
    make_purpose("theft", "Stop theft", [world.categories["contact"]], world.pia.user, **INTEREST)
    one, mixed, all_of_it = (file(world.ada, Type.OBJECTION, scope=of) for of in (["offers"], ["offers", "theft"], []))

    for request, reply in [(one, REFUSED), (one, PARTLY), (mixed, REFUSED), (all_of_it, REFUSED)]:
        with pytest.raises(CannotRefuse):
            answer(world, request, reply)

    assert answer(world, mixed, PARTLY).outcome == "complied_part"
    assert answer(world, one).outcome == "complied_whole"
    assert answer(world, file(world.ada, Type.OBJECTION, scope=["theft"]), REFUSED).outcome == "denied"


def test_an_objection_holds_for_the_purposes_it_names(world):
    request = file(world.ada, Type.OBJECTION, scope=("support",))

    assert marks(request) == [("objection", "support")]
    assert may_use(customer=world.ada.customer.id, category="orders", purpose="support").why == Why.OBJECTED


def test_who_only_says_that_they_are_ada_pauses_nothing_of_hers(world):
    request = type_in(world, Type.RESTRICTION)
    assert marks(request) == []

    confirm(world, request)

    assert marks(request) == [("restriction", "")]
    assert Entry.objects.get(event="restriction.placed").actor_kind == "portal"


def test_a_strangers_objection_holds_once_it_is_matched(world):
    request = file_as_stranger(Type.OBJECTION)
    assert not Mark.objects.exists()

    rights.match(request=request.pk, customer=world.ada.customer.id, officer=world.pia, by=by_staff(world.pia))

    assert marks(request) == [("objection", "")]


def test_a_later_sign_in_makes_it_hold(world):
    request = file(world.ada, Type.RESTRICTION, is_fresh=False)
    assert marks(request) == []

    rights.confirm_own_identity(request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

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

    choices.lift(mark=mark.pk, by=by_staff(world.pia))
    assert marks(request) == []


def test_taken_back_it_ends(world):
    request = file(world.ada, Type.OBJECTION)

    rights.withdraw(request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert marks(request) == []


def test_a_pause_that_stands_already_is_that_of_the_first_request(world):
    choices.place(customer=world.ada.customer.id, kind=MarkKind.RESTRICTION, by=world.ada.actor)

    assert marks(file(world.ada, Type.RESTRICTION)) == []
    assert Mark.objects.filter(lifted_at=None).count() == 1
