"""Looking: the opening is on record before the read, and the database shows nothing without one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from psycopg import errors

from consents.access import services as access
from consents.disclosures.models import Opening
from consents.disclosures.services import MayNotLook, disclose
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from tests.cast import answer, ask

VAULT = "SELECT count(*) FROM vault_record"


def grant_of(request, code="orders"):
    return request.grants.get(category__code=code)


def look(world, request, code="orders"):
    return disclose(grant=grant_of(request, code).pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))


def count_with(opening) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(VAULT)
        return cursor.fetchone()[0]


def test_it_shows_what_was_allowed_and_leaves_an_opening(real_world):
    request = answer(real_world, ask(real_world), "part", "orders")

    seen = look(real_world, request)

    assert [record["item"] for record in seen.records] == ["Blue lamp", "Chair"]
    assert Opening.objects.get().pk == seen.opening
    assert Entry.objects.filter(event="vault.opened", customer=real_world.ada.customer.id).count() == 1


def test_it_shows_nothing_without_an_opening(real_world):
    with connection.cursor() as cursor:
        cursor.execute(VAULT)
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("opening", ["", "nonsense", "'; --", str(uuid4())])
def test_it_shows_nothing_and_raises_nothing_for_a_bad_id(real_world, opening):
    assert count_with(opening) == 0


def test_it_refuses_after_a_stop(real_world):
    request = answer(real_world, ask(real_world), "all")
    opening = look(real_world, request).opening
    assert count_with(opening) == 2

    access.stop(request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert count_with(opening) == 0
    with pytest.raises(MayNotLook) as refusal:
        look(real_world, request)
    assert refusal.value.why == "stopped"
    assert Entry.objects.filter(event="vault.opening_refused").count() == 1


def test_it_ends_by_time_without_any_worker(real_world, later):
    request = answer(real_world, ask(real_world), "all")
    opening = look(real_world, request).opening

    later(timedelta(hours=2, seconds=1))

    assert count_with(opening) == 0
    with pytest.raises(MayNotLook) as refusal:
        look(real_world, request)
    assert refusal.value.why == "time_over"


def test_an_opening_grows_old(real_world, later):
    opening = look(real_world, answer(real_world, ask(real_world), "all")).opening

    later(timedelta(seconds=31))

    assert count_with(opening) == 0


def test_an_opening_of_the_same_transaction_shows_nothing(real_world):
    request = answer(real_world, ask(real_world), "all")
    grant, opening = grant_of(request), uuid4()

    with transaction.atomic(), connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
            " VALUES (%s, 'grant', %s, %s, %s, %s, %s)",
            [opening, grant.staff_id, grant.customer_id, grant.category_id, grant.purpose_id, grant.pk],
        )
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(VAULT)
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("column", ["opened_at", "xid"])
def test_the_application_cannot_set_when_an_opening_was(real_world, column):
    value = {"opened_at": "now()", "xid": "'1'::xid8"}[column]
    with pytest.raises(Exception) as refused, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO disclosures_opening (id, kind, {column}) VALUES (gen_random_uuid(), 'statistics', {value})"
        )
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)
