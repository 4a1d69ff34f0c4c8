"""Restriction, objection and limit: from that moment nobody uses the data for anything they forbid, until lifted."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from consents.access.models import AccessRequest
from consents.access.rules import RequestState
from consents.access.services import answering
from consents.access.services.asking import UsePaused
from consents.catalogue.models import MAY_BE_OBJECTED_TO, LegalBasis, Usage
from consents.choices.models import Mark
from consents.choices.rules import MarkKind, is_mark_about
from consents.choices.services import answering as choices_answering
from consents.choices.services import marking
from consents.choices.services.marking import LiftNotAnnounced
from consents.choices.services.recording import NoSuchPurpose
from consents.core import clock
from consents.core.refusals import Unknown
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.disclosures.services import LookRefused, disclose_records
from consents.exports.history import build_snapshot
from consents.ledger.models import Entry
from consents.ledger.rules import CLOSING, Actor
from consents.notifications.models import Message
from tests.architecture.mutation.speaking import application_speaking, owner_speaking, spoken
from tests.disclosures.looking import committed, committed_otherwise, list_shown_decisions
from tests.world.cast import answer, ask, make_next_version, make_purpose

RESTRICTION, OBJECTION = MarkKind.RESTRICTION, MarkKind.OBJECTION


def staff(member) -> Actor:
    return Actor("staff", str(member.pk))


def place(world, kind=RESTRICTION, purpose="", by=None, **more) -> Mark:
    return marking.place_mark(
        customer=world.ada.customer.id, kind=kind, purpose=purpose, by=by or world.ada.actor, **more
    )


def use(world, purpose="support", category="orders"):
    return decide_use(customer=world.ada.customer.id, category=category, purpose=purpose)


def look(world, request):
    grant = request.grants.get(category__code="orders")
    return disclose_records(grant=grant.pk, staff=world.sam.pk, by=staff(world.sam))


@pytest.fixture
def tax(world):
    """Rests on law, not on consent."""
    categories = list(world.categories.values())
    return make_purpose(
        "tax", "Pay taxes", categories, world.pia.user, Usage.STANDING, legal_basis=LegalBasis.LEGAL_OBLIGATION
    )


def test_a_restriction_stops_every_use_whatever_it_rests_on(world, tax):
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    assert use(world).allowed and use(world, "tax").allowed

    place(world)

    assert (use(world).why, use(world, "tax").why) == (DecisionCode.RESTRICTED, DecisionCode.RESTRICTED)
    assert not use(world).allowed and not use(world, "tax").allowed


def test_an_objection_stops_its_purpose_alone(world, tax):
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )

    place(world, OBJECTION, "tax")

    assert use(world, "tax").why == DecisionCode.OBJECTED and use(world).allowed


def rests_on(world, basis: LegalBasis, code: str = ""):
    """A purpose on that ground."""
    return make_purpose(
        code or basis, f"On {basis}", list(world.categories.values()), world.pia.user, legal_basis=basis
    )


@pytest.mark.parametrize("basis", LegalBasis)
def test_an_objection_to_all_stops_what_may_be_objected_to_and_nothing_else(world, basis):
    purpose = rests_on(world, basis).purpose
    if basis == LegalBasis.CONSENT:
        version = purpose.versions.get()
        choices_answering.give_consent(
            customer=world.ada.customer.id, purpose=purpose.code, version=version.pk, by=world.ada.actor
        )
    assert use(world, purpose.code).allowed

    place(world, OBJECTION)

    assert use(world, purpose.code).allowed == (basis not in MAY_BE_OBJECTED_TO)
    assert (use(world, purpose.code).why == DecisionCode.OBJECTED) == (basis in MAY_BE_OBJECTED_TO)


@pytest.mark.parametrize("basis", LegalBasis)
def test_an_objection_ends_access_only_where_the_basis_may_be_objected_to(world, basis):
    version = rests_on(world, basis)
    waiting = ask(world, "orders", version=version.pk)

    place(world, OBJECTION)

    waiting.refresh_from_db()
    assert (waiting.state == RequestState.DENIED) == (basis in MAY_BE_OBJECTED_TO)


def test_it_is_about_what_comes_later_too_and_another_ground_does_not_take_its_place(real_world):
    world = real_world
    before, other = rests_on(world, LegalBasis.LEGITIMATE_INTERESTS, "before"), rests_on(world, LegalBasis.CONTRACT)
    make_next_version(before.purpose, world.pia.user, legal_basis=LegalBasis.CONTRACT)
    swapped = rests_on(world, LegalBasis.PUBLIC_TASK, "swapped")
    place(world, OBJECTION)

    make_next_version(swapped.purpose, world.pia.user, legal_basis=LegalBasis.CONTRACT)
    rests_on(world, LegalBasis.LEGITIMATE_INTERESTS, "later")

    objected = {code for code in ("before", other.purpose.code, "swapped", "later") if not use(world, code).allowed}
    assert objected == {"swapped", "later"}
    told_to_officers = build_snapshot(world.ada.customer, clock.now()).uses
    refused = {one.version.purpose.code for one in told_to_officers if one.decision.why == DecisionCode.OBJECTED}
    assert refused == {"swapped", "later"}


def test_another_customers_mark_stops_nothing(world, tax):
    marking.place_mark(customer=world.ben.customer.id, kind=RESTRICTION, by=world.ben.actor)

    assert use(world, "tax").allowed


def test_access_that_runs_or_waits_ends_with_it(real_world):
    running, waiting = answer(real_world, ask(real_world, "orders")), ask(real_world, "contact")
    assert look(real_world, running).records

    place(real_world)

    waiting.refresh_from_db()
    assert waiting.state == RequestState.DENIED and not running.grants.filter(ended_at=None).exists()
    with pytest.raises(LookRefused, match="pause"):
        look(real_world, running)
    assert [decision.why for decision in list_shown_decisions(running)] == [DecisionCode.RESTRICTED]


def test_an_objection_leaves_access_for_other_purposes(real_world):
    make_purpose("tax", "Pay taxes", list(real_world.categories.values()), real_world.pia.user)
    running = answer(real_world, ask(real_world, "orders"))

    place(real_world, OBJECTION, "tax")

    assert look(real_world, running).records


@pytest.mark.parametrize(("kind", "purpose"), [(RESTRICTION, ""), (OBJECTION, "support")])
def test_nobody_asks_while_it_stands(world, kind, purpose):
    place(world, kind, purpose)

    with pytest.raises(UsePaused):
        ask(world, "orders")
    assert not AccessRequest.objects.exists()


def test_a_limit_keeps_sensitive_data_for_what_they_allow_each_time(real_world):
    world = real_world
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    running = [answer(world, ask(world, category)) for category in ("health", "orders")]

    place(world, MarkKind.LIMIT)

    assert (use(world, category="health").why, use(world).allowed) == (DecisionCode.LIMITED, True)
    assert [one.grants.filter(ended_at=None).exists() for one in running] == [False, True]
    answering.lift_waiting_time(access_request=running[0].pk, customer=world.ada.customer.id, by=world.ada.actor)
    allowed_later = ask(world, "health", member=world.kim)
    assert seen(answer(world, allowed_later).grants.get()) == 1


def test_placing_it_again_adds_nothing(world):
    assert place(world) == place(world) == place(world, by=staff(world.pia))
    assert Entry.objects.filter(event="restriction.placed").count() == 1


def test_it_names_the_request_it_came_with(world):
    number = uuid4()
    place(world, OBJECTION, "support", rights_request=number)

    entry = Entry.objects.get(event="objection.placed")
    assert (entry.purpose, entry.outcome) == ("support", "objection") and str(number) in entry.details


def test_an_objection_to_nothing_there_is_is_refused(world):
    with pytest.raises(NoSuchPurpose):
        place(world, OBJECTION, "nothing")


def test_the_customer_lifts_it_at_once(world, tax):
    mark = place(world)

    marking.lift_mark(mark=mark.pk, by=world.ada.actor)

    assert use(world, "tax").allowed
    assert marking.lift_mark(mark=mark.pk, by=world.ada.actor).lifted_at
    assert Entry.objects.filter(event="restriction.lifted").count() == 1


def test_staff_lift_it_only_after_telling_the_customer(real_world):
    mark = place(real_world)
    with pytest.raises(LiftNotAnnounced):
        marking.lift_mark(mark=mark.pk, by=staff(real_world.pia))

    marking.announce_mark_lift(mark=mark.pk, by=staff(real_world.pia))
    marking.announce_mark_lift(mark=mark.pk, by=staff(real_world.pia))
    assert Message.objects.get(kind="mark_lift_announced").customer == real_world.ada.customer
    assert use(real_world).why == DecisionCode.RESTRICTED

    marking.lift_mark(mark=mark.pk, by=staff(real_world.pia))
    assert use(real_world).why == DecisionCode.NO_CONSENT


def test_a_lifted_mark_may_be_placed_again(world):
    marking.lift_mark(mark=place(world).pk, by=world.ada.actor)

    assert place(world).lifted_at is None


def test_there_is_no_mark_to_lift(world):
    with pytest.raises(Unknown):
        marking.lift_mark(mark=uuid4(), by=world.ada.actor)


def test_it_closes_and_so_outlives_an_older_backup():
    assert {"restriction.placed", "objection.placed", "limit.placed"} <= set(CLOSING)


TELL = "SELECT portal.append_entry(%s, %s, %s, %s, 'mark', %s, '', 'portal', NULL, %s, '{}')"
INSERT = "INSERT INTO choices_mark (id, customer_id, kind, placed_at) VALUES (%s, %s, 'restriction', {})"
LIFT = "UPDATE choices_mark SET lifted_at = portal.now() WHERE id = %s"
ANNOUNCE = "UPDATE choices_mark SET lift_announced_at = portal.now() WHERE id = %s"


def told(world, event, mark, by) -> tuple:
    kind, actor = by
    return TELL, [f"restriction.{event}", world.ada.customer.id, kind, str(actor), str(mark), "restriction"]


def test_in_sql_it_is_placed_by_one_who_may(real_world):
    def placed(*by) -> str:
        mark = uuid4()
        insert = INSERT.format("portal.now()"), [mark, real_world.ada.customer.id]
        return spoken(told(real_world, "placed", mark, by), insert)

    assert placed("customer", real_world.ada.user.pk).startswith("allowed")
    assert placed("staff", real_world.pia.pk).startswith("allowed")
    assert placed("portal", "").startswith("allowed")
    for by in [("customer", real_world.ben.user.pk), ("staff", real_world.sam.pk), ("system", "")]:
        assert placed(*by) == "23001 choices_mark_on_record", by
    assert placed("staff", "x") == "23514 ledger_entry_names_its_person"


def test_in_sql_it_is_placed_now_and_with_its_entry(real_world):
    mark, ada = uuid4(), real_world.ada
    entry = told(real_world, "placed", mark, ("customer", ada.user.pk))

    assert spoken(entry, (INSERT.format("'2020-01-01Z'"), [mark, ada.customer.id])) == "23001 choices_mark_frozen"
    assert spoken((INSERT.format("portal.now()"), [mark, ada.customer.id])) == "23001 choices_mark_on_record"


def test_in_sql_no_officer_lifts_what_was_not_announced_before(real_world):
    mark, pia = place(real_world).pk, ("staff", real_world.pia.pk)
    lift = [told(real_world, "lifted", mark, pia), (LIFT, [mark])]
    announce = [told(real_world, "lift_announced", mark, pia), (ANNOUNCE, [mark])]

    assert spoken(*lift) == "23001 choices_mark_on_record"
    assert spoken(*announce, *lift) == "23001 choices_mark_on_record"
    assert spoken((LIFT, [mark])) == "23001 choices_mark_on_record"
    marking.announce_mark_lift(mark=mark, by=staff(real_world.pia))
    assert spoken(*lift).startswith("allowed")
    assert spoken(told(real_world, "lifted", mark, ("staff", real_world.sam.pk)), (LIFT, [mark])).startswith("23001")


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'objection'",
        "placed_at = '2020-01-01Z'",
        "customer_id = (SELECT id FROM people_customer WHERE reference = 'C-1002')",
        "lifted_at = '2020-01-01Z'",
        "lift_announced_at = '2020-01-01Z'",
    ],
)
def test_in_sql_nothing_else_of_it_changes(real_world, change):
    place(real_world)

    assert spoken(f"UPDATE choices_mark SET {change}") == "23001 choices_mark_frozen"
    assert spoken("DELETE FROM choices_mark").startswith("42501")
    assert spoken("UPDATE choices_mark SET announced_xid = '1'", "SELECT announced_xid FROM choices_mark") == (
        "allowed [(None,)]"
    )


def test_a_lifted_mark_cannot_be_made_to_stand_again(real_world):
    marking.lift_mark(mark=place(real_world).pk, by=real_world.ada.actor)

    assert spoken("UPDATE choices_mark SET lifted_at = NULL") == "23001 choices_mark_frozen"


def test_two_of_a_kind_do_not_stand(world):
    place(world)
    with pytest.raises(IntegrityError, match="choices_mark_one_that_stands"), transaction.atomic():
        Mark.objects.create(customer=world.ada.customer, kind=RESTRICTION)


MARK = "INSERT INTO choices_mark (id, customer_id, kind, purpose_id) VALUES (gen_random_uuid(), %s, %s, %s)"


@pytest.mark.forced
@pytest.mark.parametrize("kind", [RESTRICTION, OBJECTION])
def test_the_vault_itself_is_closed_while_it_stands(real_world, kind):
    """A mark that ended nothing, as no service would leave it: the grant lives, and the vault shows nothing."""
    grant = answer(real_world, ask(real_world, "orders")).grants.get()
    with owner_speaking() as owner:
        assert seen(grant) == 2
        owner.execute(MARK, [grant.customer_id, kind, None if kind == RESTRICTION else grant.purpose_id])
        assert seen(grant) == 0
        owner.execute("UPDATE choices_mark SET lifted_at = portal.now()")
        assert seen(grant) == 2


@pytest.mark.forced
@pytest.mark.parametrize("basis", LegalBasis)
def test_the_vault_is_closed_by_an_objection_to_all_where_that_is_a_ground_for_it(real_world, basis):
    version = rests_on(real_world, basis)
    grant = answer(real_world, ask(real_world, "orders", version=version.pk)).grants.get()
    with owner_speaking() as owner:
        owner.execute(MARK, [grant.customer_id, OBJECTION, None])
    assert seen(grant) == (0 if basis in MAY_BE_OBJECTED_TO else 2)
    assert [one.allowed for one in list_shown_decisions(grant.access_request)] == [basis not in MAY_BE_OBJECTED_TO]


@pytest.mark.parametrize("kind", MarkKind)
@pytest.mark.parametrize("about", [None, 1, 2])
@pytest.mark.parametrize("basis", [LegalBasis.CONTRACT, LegalBasis.PUBLIC_TASK])
def test_the_database_and_the_rule_agree_on_what_a_mark_covers(world, kind, about, basis):
    purpose = rests_on(world, basis).purpose.pk
    named = {None: None, 1: purpose, 2: world.purpose.pk}[about]
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.mark_covers(%s, %s, portal.now(), %s)", [kind, named, purpose])
        (told,) = cursor.fetchone()
    assert told == is_mark_about(kind, named, purpose, may_be_objected_to=basis in MAY_BE_OBJECTED_TO)


@pytest.mark.forced
def test_no_mark_closes_an_own_copy(real_world):
    ada = real_world.ada
    for kind in ("objection", "restriction"):
        with owner_speaking() as owner:
            owner.execute(MARK, [ada.customer.id, kind, None])
        told = ("vault.own_copy", "customer", str(ada.user.pk))
        assert seen_with(committed_otherwise("own_copy", ada.customer.id, told=told)) == 4


def seen(grant) -> int:
    """Through the door's own function, under an opening by hand."""
    return seen_with(committed(grant))


def seen_with(opening: str) -> int:
    with application_speaking() as application, application.transaction():
        application.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        return application.execute("SELECT count(*) FROM vault_record").fetchone()[0]


def test_no_mark_is_lifted_by_time(real_world, later):
    place(real_world)
    later(timedelta(days=800))
    assert use(real_world).why == DecisionCode.RESTRICTED
