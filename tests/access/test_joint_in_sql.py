"""No grant on a shared account without the yes of each holder, whatever SQL the application's password is used for."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from consents.access.models import Assent, Grant
from consents.ledger.rules import Actor
from consents.people.models import Acting, Customer
from consents.people.services import representing
from tests.access.grants_by_hand import GRANT, MOVE, TELL, YES, build_yes_terms, check_refused, one_moment, run
from tests.world.cast import ask, put_on_list
from tests.world.holders import share_account
from tests.world.scene_fixtures import scene

ASSENT = """
INSERT INTO access_assent
    (id, access_request_id, given_by_id, categories, duration, shown_digest, token, given_at)
VALUES (%(assent)s, %(request)s, %(holder)s, %(allows)s, %(for)s, %(seen)s, gen_random_uuid(), {moment})
"""
TELL_ASSENT = """
SELECT portal.append_entry('access_request.assented', %(customer)s, 'customer', %(holder)s::text, 'access_request',
    %(request)s::text, '', 'portal', NULL, '', %(told)s)
"""


@scene
def terms(world):
    """Mia's yes to orders by hand, then Ada's by hand with its grant: all of it as true ones have it."""
    mia, request, assent = share_account(world), ask(world, "contact", "orders"), str(uuid4())
    return build_yes_terms(world, request) | {
        "assent": assent,
        "holder": mia.user.pk,
        "allows": '["orders"]',
        "for": "2 hours",
        "seen": request.digest,
        "told": json.dumps({"assent": assent, "categories": ["orders"], "digest": request.digest}),
    }


GIVEN = [ASSENT.format(moment="portal.now()"), TELL_ASSENT]
WHOLE = [*GIVEN, one_moment(YES, MOVE, GRANT), TELL]


@pytest.mark.forced
def test_the_yes_of_both_by_hand_is_taken_and_is_on_record(terms):
    run(terms, *WHOLE)
    assert Grant.objects.get(access_request=terms["request"]).category_id == terms["category"]


def test_the_yes_of_one_is_not_enough(terms):
    check_refused(terms, *WHOLE[2:], by="access_grant_has_answer")
    check_refused(terms, one_moment(YES, MOVE), TELL, by="access_answer_on_record")


@pytest.mark.forced
def test_the_yes_of_one_is_enough_where_the_contract_says_so(world, terms):
    put_on_list(Customer.objects.get(pk=terms["customer"]), yes_of="any")
    run(terms, *WHOLE[2:])
    assert Grant.objects.filter(access_request=terms["request"]).exists()


@pytest.mark.forced
def test_the_yes_of_a_holder_who_has_left_is_not_needed(terms):
    mia = Acting.objects.get(user=terms["holder"])
    representing.end_acting(acting=mia.pk, user=mia.user, by=Actor("customer", str(mia.user_id)))
    run(terms, *WHOLE[2:])
    assert Grant.objects.filter(access_request=terms["request"]).exists()


def test_a_grant_of_more_than_the_other_allowed_is_refused(terms):
    told = terms["told"].replace("orders", "contact")
    check_refused(terms | {"allows": '["contact"]', "told": told}, *WHOLE, by="access_grant_has_answer")
    check_refused(terms | {"for": "1 hour"}, *WHOLE, by="access_grant_has_answer")


@pytest.mark.parametrize(
    "changes",
    [
        {"seen": "0" * 64},
        {"for": "3 hours"},
        {"for": "0"},
        {"allows": '["health"]'},
        {"allows": '["orders", "health"]'},
        {"told": "{}"},
    ],
    ids=str,
)
def test_an_assent_that_does_not_fit_is_refused(terms, changes):
    check_refused(terms | changes, *GIVEN, by="access_assent_on_record")


def test_an_assent_to_nothing_is_refused(terms):
    check_refused(terms | {"allows": "[]"}, *GIVEN, by="access_assent_to_something")


@pytest.mark.parametrize("who", ["ben", "sam"])
def test_an_assent_by_somebody_who_does_not_hold_the_account_is_refused(world, terms, who):
    user = {"ben": world.ben.user.pk, "sam": world.sam.pk}[who]
    check_refused(terms | {"holder": user}, *GIVEN, by="access_assent_on_record")


def test_an_assent_without_its_entry_is_refused(terms):
    check_refused(terms, GIVEN[0], by="access_assent_on_record")


@pytest.mark.parametrize("moment", ["portal.now() - interval '61 seconds'", "portal.now() + interval '70 seconds'"])
def test_an_assent_of_another_time_is_refused(terms, moment):
    check_refused(terms, ASSENT.format(moment=moment), by="access_assent_waits")


@pytest.mark.forced
def test_an_assent_to_what_has_ended_is_refused(terms):
    run(terms, *WHOLE)
    with pytest.raises(DatabaseError, match="to a request that waits"):
        run(terms | {"assent": str(uuid4()), "holder": terms["user"]}, *GIVEN)


@pytest.mark.forced
def test_nobody_says_yes_twice_and_a_yes_never_changes(terms):
    run(terms, *GIVEN)
    with pytest.raises(DatabaseError, match="access_assent_one_of_each"):
        run(terms | {"assent": str(uuid4())}, *GIVEN)
    for change in ("UPDATE access_assent SET duration = '1 hour'", "DELETE FROM access_assent"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as sql:
            sql.execute(change)
    assert Assent.objects.count() == 1


def test_whose_yes_is_needed_changes_with_the_companys_list_alone(terms):
    with pytest.raises(DatabaseError, match="only change with its ledger entry"):
        run(terms, "UPDATE people_customer SET yes_of = 'any' WHERE id = %(customer)s")
