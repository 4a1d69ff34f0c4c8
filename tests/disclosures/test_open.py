"""Looking: the opening is on record before the read, and the database shows nothing without one."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from psycopg import errors

from consents.access.services import ending
from consents.disclosures.models import Opening
from consents.disclosures.services import LookRefused
from consents.ledger.models import Entry
from tests.disclosures.looking import (
    OPEN,
    TELL,
    VAULT,
    committed,
    committed_otherwise,
    count_with,
    grant_of,
    look,
    record,
    shown,
)
from tests.world.cast import answer, ask
from tests.world.scene_fixtures import scene


def test_looking_shows_what_was_allowed_and_records_an_opening(real_world):
    request = answer(real_world, ask(real_world), "part", "orders")

    seen = look(real_world, request)

    assert [record["item"] for record in seen.records] == ["Blue lamp", "Chair"]
    assert Opening.objects.get().pk == seen.opening
    assert Entry.objects.filter(event="vault.opened", customer=real_world.ada.customer.id).count() == 1


def test_the_vault_shows_nothing_without_an_opening(real_world):
    with connection.cursor() as cursor:
        cursor.execute(VAULT)
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("opening", ["", "nonsense", "'; --", "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11"])
def test_it_shows_nothing_and_raises_nothing_for_a_bad_id(real_world, opening):
    assert count_with(opening) == 0


def test_looking_is_refused_after_access_was_stopped(real_world):
    request = answer(real_world, ask(real_world), "all")
    opening = look(real_world, request).opening
    assert count_with(opening) == 2

    ending.stop_access(access_request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert count_with(opening) == 0
    with pytest.raises(LookRefused) as refusal:
        look(real_world, request)
    assert refusal.value.why == "stopped"
    assert Entry.objects.filter(event="vault.opening_refused").count() == 1


def test_access_ends_by_time_without_any_worker(real_world, later):
    request = answer(real_world, ask(real_world), "all")
    opening = look(real_world, request).opening

    later(timedelta(hours=2, seconds=1))

    assert count_with(opening) == 0
    with pytest.raises(LookRefused) as refusal:
        look(real_world, request)
    assert refusal.value.why == "time_over"


def test_an_opening_grows_old(real_world, later):
    opening = look(real_world, answer(real_world, ask(real_world), "all")).opening

    later(timedelta(seconds=31))

    assert count_with(opening) == 0


def test_reading_by_function_is_reading_under_the_policy(real_world):
    """The door's one statement opens no more than naming an opening does, and leaves nothing named behind."""
    grant = grant_of(answer(real_world, ask(real_world), "all"))
    opening, scope = committed(grant), [grant.customer_id, grant.category_id]
    read = "SELECT count(*) FROM portal.read_records(%s::uuid, %s::uuid, %s::bigint, 10)"

    with transaction.atomic(), connection.cursor() as cursor:
        found = []
        for named in (opening, str(uuid4()), None):
            cursor.execute(read, [named, *scope])
            found.append(cursor.fetchone()[0])
        cursor.execute(VAULT)
        found.append(cursor.fetchone()[0])
        cursor.execute(read, [record(cursor, grant), *scope])
        found.append(cursor.fetchone()[0])

    assert found == [2, 0, 0, 0, 0]


@scene
def orders(real_world):
    """Sam's live grant to Ada's orders, of which there are two."""
    return grant_of(answer(real_world, ask(real_world), "part", "orders"))


def test_an_opening_committed_by_hand_with_its_entry_shows_what_it_names(orders):
    assert count_with(committed(orders)) == 2


def test_an_opening_of_the_same_transaction_shows_nothing(orders):
    with transaction.atomic(), connection.cursor() as cursor:
        assert shown(cursor, record(cursor, orders)) == 0


def test_an_opening_behind_a_savepoint_shows_nothing(orders):
    with transaction.atomic(), connection.cursor() as cursor:
        with transaction.atomic():
            opening = record(cursor, orders)
        assert shown(cursor, opening) == 0


def test_an_opening_in_a_block_of_code_shows_nothing(orders):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT set_config('test.grant', '{orders.pk}', true), set_config('test.id', '{uuid4()}', true)"
        )
        cursor.execute("""DO $$ BEGIN
            INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
                SELECT current_setting('test.id')::uuid, 'grant', staff_id, customer_id, category_id, purpose_id, id
                FROM access_grant WHERE id = current_setting('test.grant')::uuid;
            PERFORM set_config('portal.opening', current_setting('test.id'), true);
            PERFORM set_config('test.seen', (SELECT count(*) FROM vault_record)::text, true);
        END $$""")
        cursor.execute("SELECT current_setting('test.seen')")
        assert cursor.fetchone()[0] == "0"
        transaction.set_rollback(True)


def test_an_opening_without_its_entry_is_not_committed(orders):
    refused = pytest.raises(IntegrityError, match="with its ledger entry")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [uuid4(), orders.pk])
    assert not Opening.objects.exists()


def test_an_entry_written_before_does_not_serve(orders):
    opening = uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        told = json.dumps({"opening": str(opening)})
        cursor.execute(TELL, [orders.customer_id, str(orders.staff_id), str(orders.access_request_id), told])
    refused = pytest.raises(IntegrityError, match="with its ledger entry")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [opening, orders.pk])


def test_a_made_up_table_is_not_taken_for_the_ledger(orders):
    refused = pytest.raises(IntegrityError, match="with its ledger entry")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledger_entry ON COMMIT DROP AS SELECT * FROM public.ledger_entry")
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        cursor.execute(OPEN, [uuid4(), orders.pk])


@pytest.mark.parametrize("column", ["staff_id", "customer_id", "category_id"])
def test_an_opening_that_is_not_of_its_grant_shows_nothing(real_world, orders, column):
    other = {
        "staff_id": real_world.kim.pk,
        "customer_id": real_world.ben.customer.id,
        "category_id": real_world.categories["contact"].pk,
    }
    assert count_with(committed(orders, **{column: other[column]})) == 0


def test_an_opening_of_one_category_shows_no_other(real_world):
    request = answer(real_world, ask(real_world), "all")
    opening = look(real_world, request).opening
    with transaction.atomic(), connection.cursor() as cursor:
        shown(cursor, str(opening))
        cursor.execute("SELECT DISTINCT category_id FROM vault_record")
        assert cursor.fetchall() == [(real_world.categories["orders"].pk,)]


def test_a_setting_of_the_session_does_not_outlive_its_transaction(real_world, orders):
    assert count_with(committed(orders)) == 2
    with connection.cursor() as cursor:
        cursor.execute(VAULT)
        assert cursor.fetchone()[0] == 0


def test_an_own_copy_opens_all_of_that_customer_alone(real_world):
    ada, ben = real_world.ada, real_world.ben
    told = [("vault.own_copy", "customer", str(person.user.pk)) for person in (ada, ben)]
    opened = [
        committed_otherwise("own_copy", person.customer.id, told=entry)
        for person, entry in zip((ada, ben), told, strict=True)
    ]
    assert [count_with(opening) for opening in opened] == [4, 0]


@pytest.mark.parametrize(
    "statement",
    [
        "SET row_security = off; SELECT count(*) FROM vault_record",
        "ALTER TABLE vault_record DISABLE ROW LEVEL SECURITY",
        "SET session_replication_role = replica",
        "SET ROLE portal_backup",
        "SELECT id FROM vault_record FOR UPDATE",
        "CREATE OR REPLACE FUNCTION portal.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE OR REPLACE FUNCTION portal.current_opening() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
        "UPDATE vault_record SET sealed = '{}'",
        "DELETE FROM vault_record",
        "INSERT INTO vault_record (id) VALUES (gen_random_uuid())",
    ],
)
def test_the_application_cannot_walk_round_the_policy(real_world, statement):
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        for one in statement.split("; "):
            cursor.execute(one)
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


@pytest.mark.parametrize("column", ["opened_at", "xid"])
def test_the_application_cannot_set_when_an_opening_was(real_world, column):
    value = {"opened_at": "now()", "xid": "'1'::xid8"}[column]
    with pytest.raises(Exception) as refused, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO disclosures_opening (id, kind, {column}) VALUES (gen_random_uuid(), 'own_copy', {value})"
        )
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


def test_an_ended_request_stays_closed_when_a_newer_one_is_allowed(real_world, later):
    ended = answer(real_world, ask(real_world, "orders"))
    later(timedelta(hours=3))
    ending.end_due_grants()
    answer(real_world, ask(real_world, "orders"))

    with pytest.raises(LookRefused):
        look(real_world, ended)
