"""No grant without its yes: every try as the application role in raw SQL, judged when the transaction ends."""

import json
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, transaction
from psycopg import errors

from consents.access.models import AccessRequest, Block, Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.core import clock
from consents.disclosures.services import disclose_records
from consents.ledger.rules import Actor
from consents.people.models import Acting
from tests.access.grants_by_hand import ANSWER, GRANT, MOVE, YES, build_yes_terms, check_refused, one_moment, run
from tests.access.grants_by_hand import TELL as GRANTS_BY_HAND_TELL
from tests.architecture.mutation.attempts.access import NEW_ANSWER, NEW_GRANT, NEW_REQUEST
from tests.architecture.mutation.attempts.statements import NOW
from tests.architecture.mutation.speaking import Statement, application_speaking, outcome, spoken
from tests.world.cast import answer, ask
from tests.world.owners import acting_as_owner
from tests.world.scene_fixtures import scene


@scene
def terms(world):
    """A forged yes by hand that has everything a true one has: Ada's, to orders alone of contact and orders."""
    return build_yes_terms(world, ask(world, "contact", "orders"))


WHOLE = [one_moment(YES, MOVE, GRANT), GRANTS_BY_HAND_TELL]


@pytest.mark.forced
def test_a_whole_yes_by_hand_is_taken_and_is_on_record(terms):
    run(terms, *WHOLE)
    assert Grant.objects.get(access_request=terms["request"]).category_id == terms["category"]


def test_a_grant_alone_is_refused(terms):
    check_refused(terms, GRANT, by="access_grant_has_answer")


def test_a_grant_without_its_entry_is_refused(terms):
    check_refused(terms, one_moment(YES, MOVE, GRANT), by="access_grant_has_answer")


@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("staff", "kim"),
        ("customer", "ben"),
        ("category", "health"),
        ("category", "contact"),
        ("lasts", "2 hours 1 second"),
    ],
)
def test_a_grant_of_anything_but_what_was_allowed_is_refused(world, terms, term, other):
    told = GRANTS_BY_HAND_TELL.replace("%(customer)s", f"'{terms['customer']}'")
    known = {"kim": world.kim.pk, "ben": world.ben.customer.id} | {c: world.categories[c].pk for c in world.categories}
    check_refused(terms | {term: known.get(other, other)}, WHOLE[0], told, by="access_grant_has_answer")


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": "guardian"},
        {"digest": "0" * 64},
        {"duration": "3 hours"},
        {"decision": "none"},
        {"state": "denied"},
        {"details": "{}"},
        {"event": "access_request.filed"},
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_is_refused(terms, changes):
    with pytest.raises(DatabaseError):
        run(terms | changes, *WHOLE)
    assert not Grant.objects.filter(access_request=terms["request"]).exists()


@pytest.mark.parametrize("who", ["ben", "sam"])
def test_an_answer_by_somebody_who_does_not_act_for_the_customer_is_refused(world, terms, who):
    user = {"ben": world.ben.user.pk, "sam": world.sam.pk}[who]
    check_refused(terms | {"user": user}, *WHOLE, by="access_answer_on_record")


def test_a_no_becomes_no_grant(world):
    request = answer(world, ask(world, "orders"), "none")
    grant = GRANT.replace("%(category)s", str(world.categories["orders"].pk))
    values = {"request": request.pk, "staff": world.sam.pk, "customer": world.ada.customer.id, "lasts": "1 hour"}
    with pytest.raises(DatabaseError, match="what the customer allowed"):
        run(values | {"purpose": world.purpose.pk}, grant)


def test_an_answer_of_an_earlier_transaction_serves_no_grant(real_world):
    request = answer(real_world, ask(real_world, "contact", "orders"), "part", "orders")
    values = {"request": request.pk, "staff": real_world.sam.pk, "customer": real_world.ada.customer.id}
    values |= {"purpose": real_world.purpose.pk, "category": real_world.categories["contact"].pk, "lasts": "1 hour"}
    with pytest.raises(DatabaseError, match="what the customer allowed"):
        run(values, GRANT)


def test_a_category_is_not_added_to_a_request_that_was_shown(real_world):
    request = ask(real_world, "contact")
    with pytest.raises(DatabaseError, match="cannot be added to a filed request"):
        run(
            {"request": request.pk, "category": real_world.categories["health"].pk},
            "INSERT INTO access_requestedcategory (access_request_id, category_id) VALUES (%(request)s, %(category)s)",
        )


@pytest.mark.parametrize("table", ["access_accessrequest", "access_answer"])
def test_the_transaction_of_a_row_is_not_for_the_application_to_say(world, table):
    with pytest.raises(DatabaseError) as refusal:
        run({}, f"INSERT INTO {table} (xid) VALUES ('1'::xid8)")
    assert isinstance(refusal.value.__cause__, errors.InsufficientPrivilege)


def test_an_answer_begun_before_its_deadline_does_not_end_after_it(real_world, later):
    """A message that sleeps until the deadline is over: for its statements, time stands still."""
    ada, request = real_world.ada, ask(real_world, "orders")
    about = {"request": str(request.pk), "decision": "none", "state": "denied", "user": str(ada.user.pk)}
    about |= {"capacity": "self", "duration": "2 hours", "digest": request.digest, "customer": str(ada.customer.id)}
    about |= {"event": "access_request.answered", "details": json.dumps({"digest": request.digest})}
    until = f"PERFORM pg_sleep(extract(epoch FROM '{request.answer_by}' - portal.clock()) + 0.1)"
    with application_speaking() as application:
        filled = [
            psycopg.ClientCursor(application).mogrify(step, about)
            for step in (
                ANSWER.format(moment="portal.now()"),
                MOVE,
                GRANTS_BY_HAND_TELL.replace("SELECT", "PERFORM", 1),
            )
        ]
        later(request.answer_by - clock.now() - timedelta(seconds=1.5))  # last: a busy machine must not begin too late
        with pytest.raises(errors.RestrictViolation, match="to the request as shown"):
            application.execute("DO $do$ BEGIN " + "; ".join([*filled, until]) + "; END $do$")
    assert AccessRequest.objects.get(pk=request.pk).state == "pending"


@pytest.mark.parametrize("moment", ["portal.now() - interval '61 seconds'", "portal.now() + interval '70 seconds'"])
def test_an_answer_of_another_time_is_refused(terms, moment):
    check_refused(terms, ANSWER.format(moment=moment), by="access_answer_is_now")


@pytest.mark.parametrize("moment", ["portal.now() - interval '1 day'", "portal.now() + interval '1 day'", "'infinity'"])
def test_a_grant_of_another_time_is_refused(terms, moment):
    check_refused(terms, GRANT.replace("portal.now()", moment, 1), by="access_grant_is_now")


def test_a_stop_is_not_back_dated(world):
    request = answer(world, ask(world, "orders"), "all")
    with pytest.raises(DatabaseError, match="must end now"):
        run(
            {"request": request.pk},
            """UPDATE access_grant SET ended_at = starts_at - interval '1 day', "end" = 'stopped' """
            "WHERE access_request_id = %(request)s",
        )


def test_a_request_is_not_filed_as_answered(world):
    request = ask(world, "contact")
    values = {field.attname: getattr(request, field.attname) for field in AccessRequest._meta.concrete_fields}
    forged = AccessRequest(
        **values | {"id": uuid4(), "token": uuid4(), "state": "approved", "ended_at": request.filed_at}
    )
    with pytest.raises(DatabaseError, match="filed now and pending"), transaction.atomic():
        forged.save(force_insert=True)


def test_nobody_begins_to_act_for_a_customer_off_the_record(real_world):
    with pytest.raises(DatabaseError, match="can only begin with its ledger entry"), transaction.atomic():
        Acting.objects.create(user=real_world.sam.user, customer=real_world.ada.customer, capacity="agent")


# A block holds against whoever has the application's password: each try in raw SQL, with two customers.

TELL = """
SELECT portal.append_entry(%(event)s, %(customer)s::uuid, %(kind)s, %(actor)s::text, 'block', %(block)s::text, '',
    'portal', NULL, %(outcome)s, %(details)s)
"""
PLACE = "INSERT INTO access_block (id, customer_id, kind, team) VALUES (%(block)s, %(customer)s, 'everybody', '')"
LIFT = "UPDATE access_block SET lifted_at = portal.now() WHERE id = %(block)s"
NEW_ID = "11111111-2222-4333-8444-555555555555"


def told(event: str, block, customer, kind: str, actor, outcome: str = "everybody", details: str = "{}") -> Statement:
    return TELL, {
        "event": f"block.{event}",
        "block": str(block),
        "customer": customer.id,
        "kind": kind,
        "actor": actor,
        "outcome": outcome,
        "details": details,
    }


@scene
def blocked(real_world):
    """Ada lets nobody ask; Ben has blocked Sam alone. Each has a request from before."""
    world = real_world
    world.request, world.bens = ask(world, "orders"), ask(world, "orders", customer=world.ben)
    everybody, member = {"kind": BlockKind.EVERYBODY}, {"kind": BlockKind.MEMBER, "access_request": world.bens.pk}
    world.block = blocking.place_block(customer=world.ada.customer.id, by=world.ada.actor, **everybody)
    world.bens_block = blocking.place_block(customer=world.ben.customer.id, by=world.ben.actor, **member)
    return world


def test_no_request_is_filed_past_a_block(blocked):
    for request in (blocked.request, blocked.bens):
        assert spoken((NEW_REQUEST, [request.pk])) == "23001 access_accessrequest_not_blocked"


def test_a_block_stops_whom_it_names_and_nobody_else(blocked):
    other = NEW_REQUEST.replace("SELECT gen_random_uuid(), customer_id, staff_id", "SELECT gen_random_uuid(), %s, %s")
    about = [blocked.request.pk]
    assert "_not_blocked" in spoken((other, [blocked.ada.customer.id, blocked.kim.pk, *about]))
    assert "_on_record" in spoken((other, [blocked.ben.customer.id, blocked.kim.pk, *about]))


def test_no_answer_makes_a_grant_past_a_block(blocked):
    yes = (NEW_ANSWER.format(moment=NOW), [blocked.ada.user.pk, blocked.request.pk])
    assert spoken(yes, (NEW_GRANT.format(moment=NOW), [blocked.request.pk])) == "23001 access_grant_not_blocked"


@pytest.mark.parametrize("kind", ["staff", "portal", "customer of another", "nobody"])
def test_nobody_but_who_acts_for_the_customer_lifts_it(blocked, kind):
    actor = {"staff": blocked.pia.pk, "customer of another": blocked.ben.user.pk}.get(kind, "")
    speaker = "customer" if kind.startswith("customer") else kind
    entry = [] if kind == "nobody" else [told("lifted", blocked.block.pk, blocked.ada.customer, speaker, actor)]
    assert spoken(*entry, (LIFT, {"block": blocked.block.pk})) == "23001 access_block_on_record"


def test_the_customers_own_lift_is_taken(blocked):
    own = told("lifted", blocked.block.pk, blocked.ada.customer, "customer", blocked.ada.user.pk)
    assert spoken(own, (LIFT, {"block": blocked.block.pk})).startswith("allowed")


@pytest.mark.parametrize("kind", ["staff", "customer"])
def test_nobody_blocks_in_anothers_name(blocked, kind):
    about = {"block": NEW_ID, "customer": blocked.ben.customer.id}
    actor = {"staff": blocked.pia.pk, "customer": blocked.ada.user.pk}[kind]
    entry = told("placed", NEW_ID, blocked.ben.customer, kind, actor)
    assert spoken(entry, (PLACE, about)) == "23001 access_block_on_record"


def test_a_block_that_the_entry_tells_otherwise_is_refused(blocked):
    """The ledger alone must say whom it is about."""
    about = {"block": NEW_ID, "customer": blocked.ben.customer.id}
    for outcome_, details in (("member", "{}"), ("everybody", '{"team":"Returns"}'), ("everybody", '{"member":"x"}')):
        entry = told("placed", NEW_ID, blocked.ben.customer, "customer", blocked.ben.user.pk, outcome_, details)
        assert spoken(entry, (PLACE, about)) == "23001 access_block_on_record"


@pytest.mark.parametrize("change", ["lifted_at = '2020-01-01Z'", "lifted_at = NULL, kind = 'team'", "member_id = NULL"])
def test_a_block_changes_in_nothing_but_its_end(blocked, change):
    said = spoken(f"UPDATE access_block SET {change}")
    assert said.startswith(("42501", "23001 access_block_frozen"))


def test_a_block_is_not_dated_back_or_deleted(blocked):
    assert "_frozen" in spoken(
        "INSERT INTO access_block (id, customer_id, kind, team, placed_at) SELECT gen_random_uuid(), customer_id, kind,"
        " 'x', '2020-01-01Z' FROM access_block LIMIT 1"
    )
    assert spoken("DELETE FROM access_block").startswith("42501")


@pytest.mark.forced
def test_an_opening_shows_nothing_past_a_block(real_world):
    """Committed before the block, live grant, 30 seconds not over: the policy asks again."""
    world = real_world
    grant = answer(world, ask(world, "orders")).grants.get()
    look = "SELECT count(*) FROM vault_record"
    with application_speaking() as application:
        [[opening]] = application.execute(
            "WITH told AS (SELECT portal.append_entry('vault.opened', %(customer)s, 'staff', %(staff)s::text,"
            " 'access_request', %(request)s::text, 'support', 'admin', NULL, 'granted',"
            ' \'{"opening":"11111111-2222-4333-8444-555555555555"}\'))'
            " INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
            f" SELECT '{NEW_ID}', 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant, told"
            " WHERE id = %(grant)s RETURNING id",
            {
                "customer": world.ada.customer.id,
                "staff": world.sam.pk,
                "request": grant.access_request_id,
                "grant": grant.pk,
            },
        ).fetchall()
        named = f"SELECT set_config('portal.opening', '{opening}', true)"
        assert outcome(application, named, look) == "allowed [(2,)]"
        with acting_as_owner() as owner, owner.cursor() as cursor:
            cursor.execute(PLACE, {"block": "21111111-2222-4333-8444-555555555555", "customer": world.ada.customer.id})
        assert outcome(application, named, look) == "allowed [(0,)]"
    assert Grant.objects.get(pk=grant.pk).ended_at is None and Block.objects.exists()


def test_a_block_of_anothers_customer_closes_no_door(real_world):
    world = real_world
    grant = answer(world, ask(world, "orders")).grants.get()
    blocking.place_block(customer=world.ben.customer.id, kind=BlockKind.EVERYBODY, by=world.ben.actor)

    assert disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk))).records
