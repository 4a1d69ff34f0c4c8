"""A block holds against whoever has the application's password: each try in raw SQL, with two customers."""

import pytest

from consents.access.models import Block, Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.disclosures.services import disclose_records
from consents.ledger.rules import Actor
from tests.architecture.mutation.attempts.access import NEW_ANSWER, NEW_GRANT, NEW_REQUEST
from tests.architecture.mutation.attempts.statements import NOW
from tests.architecture.mutation.speaking import Statement, application_speaking, outcome, spoken
from tests.world.cast import answer, ask
from tests.world.owners import acting_as_owner
from tests.world.scene_fixtures import scene

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
