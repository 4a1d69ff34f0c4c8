"""What holders must agree to together none of them brings about alone, whatever SQL the application's password is used
for."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.services import answering
from consents.law.kinds import Type
from consents.people.models import Acting, Erasure, JointAssent
from consents.people.services import erasing
from tests.rights.in_sql import ANSWERED, change
from tests.rights.in_sql import refused as answer_refused
from tests.world.holders import share_account
from tests.world.rights_requests import by_staff, file, search
from tests.world.scene_fixtures import scene
from tests.world.sql.erasing import write_choice

YES = """
INSERT INTO people_jointassent (id, customer_id, given_by_id, matter, object, given_at, ended_at)
VALUES (%(assent)s, %(customer)s, %(holder)s, %(matter)s, %(object)s, {moment}, {end})
"""
TELL = """
SELECT portal.append_entry(%(event)s, %(customer)s, 'customer', %(teller)s::text, 'x', %(about)s, '', 'portal', NULL,
    '', %(told)s)
"""
NOW, EARLIER = "portal.now()", "portal.now() - interval '61 seconds'"


@pytest.fixture
def world(with_offers, real_world):
    return real_world


@scene
def mia(world):
    return share_account(world)


@pytest.fixture
def terms(world, mia):
    """Mia's yes to offers, by hand: all of it as true ones have it."""
    assent, version = str(uuid4()), str(world.offers.pk)
    return {
        "assent": assent,
        "customer": world.ada.customer.id,
        "holder": mia.user.pk,
        "teller": mia.user.pk,
        "matter": "joint_consent",
        "object": version,
        "about": version,
        "event": "joint_consent.assented",
        "told": json.dumps({"assent": assent}),
    }


def run(terms, *statements: str, moment: str = NOW, end: str = "NULL") -> None:
    with transaction.atomic(), connection.cursor() as sql:
        for statement in statements:
            sql.execute(statement.format(moment=moment, end=end), terms)


def refused(by: str, terms, *statements: str, **moments: str) -> None:
    with pytest.raises(DatabaseError) as refusal:
        run(terms, *statements, **moments)
    assert refusal.value.__cause__.diag.constraint_name == by
    assert not JointAssent.objects.exists()


@pytest.mark.forced
def test_the_yes_of_both_by_hand_is_a_consent(world, terms):
    run(terms, YES, TELL)
    write_choice(world, by=world.ada.actor)

    assert Choice.objects.get().status == "ConsentGiven"


def test_the_yes_of_one_is_none(world, mia):
    for holder in (world.ada, mia):
        with pytest.raises(DatabaseError, match="by someone who may change it"):
            write_choice(world, by=holder.actor, capacity=Acting.objects.get(user=holder.user).capacity)

    assert not Choice.objects.exists()


@pytest.mark.forced
@pytest.mark.parametrize(
    "changes", [{"object": "0", "about": "0"}, {"matter": "rights_request", "event": "rights_request.filed"}]
)
def test_a_yes_to_something_else_does_not_count(world, terms, changes):
    run(terms | changes, YES, TELL)
    with pytest.raises(DatabaseError, match="by someone who may change it"):
        write_choice(world, by=world.ada.actor)


@pytest.mark.forced
def test_an_ended_yes_does_not_count(world, terms):
    run(terms, YES, TELL)
    run(terms, "UPDATE people_jointassent SET ended_at = portal.now()")
    with pytest.raises(DatabaseError, match="by someone who may change it"):
        write_choice(world, by=world.ada.actor)


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "consent.given"},
        {"about": "0"},
        {"told": "{}"},
        {"teller": "ada"},
        {"holder": "ben", "teller": "ben"},
        {"holder": "sam", "teller": "sam"},
    ],
    ids=str,
)
def test_a_yes_that_is_not_the_holders_own_and_on_record_is_refused(world, terms, changes):
    users = {"ada": world.ada.user.pk, "ben": world.ben.user.pk, "sam": world.sam.pk}
    named = {name: users.get(value, value) for name, value in changes.items()}
    refused("people_jointassent_on_record", terms | named, YES, TELL)


@pytest.mark.forced
def test_a_yes_needs_an_entry_of_its_own_transaction(terms):
    run(terms, TELL)
    refused("people_jointassent_on_record", terms, YES)


def test_a_yes_is_given_now_and_ends_later(terms):
    refused("people_jointassent_frozen", terms, YES, TELL, moment=EARLIER)
    refused("people_jointassent_frozen", terms, YES, TELL, end=NOW)


def test_only_what_holders_decide_together_has_such_a_yes(terms):
    about = {"matter": "x", "event": "x.assented"}
    refused("people_jointassent_known_matter", terms | about, YES, TELL)


@pytest.mark.forced
@pytest.mark.parametrize(
    "assignment", ["given_at = portal.now()", "object = '0'", f"ended_at = {EARLIER}", "matter = 'x'"]
)
def test_a_yes_never_changes_but_for_its_end(terms, assignment):
    run(terms, YES, TELL)
    with pytest.raises(DatabaseError, match=r"permission denied|can only end, now and once"):
        run(terms, f"UPDATE people_jointassent SET {assignment}")


@pytest.mark.forced
def test_it_ends_once_and_is_not_deleted(terms):
    run(terms, YES, TELL)
    run(terms, "UPDATE people_jointassent SET ended_at = portal.now()")
    for forbidden in ("UPDATE people_jointassent SET ended_at = NULL", "DELETE FROM people_jointassent"):
        with pytest.raises(DatabaseError):
            run(terms, forbidden)


@pytest.mark.forced
def test_nobody_says_it_twice(terms):
    run(terms, YES, TELL)
    again = str(uuid4())
    with pytest.raises(DatabaseError, match="people_jointassent_one_of_each"):
        run(terms | {"assent": again, "told": json.dumps({"assent": again})}, YES, TELL)


class TestRights:
    def test_no_answer_grants_what_one_alone_has_asked_for(self, world, mia):
        request = file(world.ada)
        search(world, request)

        answer_refused("rights_answer_of_every_holder", request, ANSWERED, event="answered", outcome="complied_whole")

    @pytest.mark.forced
    def test_it_is_answered_for_another_customer_and_for_who_holds_the_account_alone(self, world, mia):
        request = file(world.ben)
        search(world, request)
        change(request, ANSWERED, event="answered", outcome="complied_whole")

        request.refresh_from_db()
        assert request.is_answered

    def test_no_value_is_corrected(self, world, mia):
        request = file(world.ada, Type.RECTIFICATION)
        accepted = (
            "INSERT INTO rights_correction (rights_request_id, place, category_id, field, is_accepted, why_not,"
            f" decided_by_id) VALUES (%(id)s, 0, {world.categories['contact'].pk}, 'phone', true, '', '{world.pia.pk}')"
        )
        answer_refused("rights_correction_of_every_holder", request, accepted)

    def test_no_part_is_deleted(self, world, mia):
        request = file(world.ada, Type.ERASURE)
        proposed = (
            "INSERT INTO vault_parterasure (id, customer_id, request, deleted, kept, law, proposed_by_id, proposed_at)"
            f" VALUES (gen_random_uuid(), '{world.ada.customer.id}', %(id)s, '[\"orders\"]', '[]', '',"
            f" '{world.pia.pk}', portal.now())"
        )
        answer_refused("rights_parterasure_of_every_holder", request, proposed)

    def test_nobody_is_erased(self, world, mia):
        request = file(world.ada, Type.ERASURE)
        erasing.propose_erasure(
            customer=world.ada.customer.id,
            reason=Erasure.Reason.REQUESTED,
            officer=world.pia,
            by=by_staff(world.pia),
        )
        done = f"UPDATE people_erasure SET done_at = portal.now(), confirmed_by_id = '{world.otto.pk}'"

        answer_refused("rights_erasure_of_every_holder", request, done)


def test_the_services_keep_the_same_rule(world, mia):
    answering.give_consent(
        customer=mia.customer.pk,
        purpose="offers",
        version=world.offers.pk,
        by=mia.actor,
        how=ActContext(capacity="holder"),
    )
    assert JointAssent.objects.get().given_by == mia.user
