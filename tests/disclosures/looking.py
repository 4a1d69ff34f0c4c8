"""Looking through the one door to the vault, and past it."""

import json
from uuid import uuid4

from django.db import connection, transaction

from consents.decisions.rules import Decision
from consents.disclosures.services import disclose_records
from consents.disclosures.staff.pages import read_open_page
from consents.ledger.rules import Actor

VAULT = "SELECT count(*) FROM vault_record"


def grant_of(request, code="orders"):
    return request.grants.get(category__code=code)


def look(world, request, code="orders"):
    return disclose_records(grant=grant_of(request, code).pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))


def list_shown_decisions(request) -> list[Decision]:
    """What the page of whoever filed it says of each grant."""
    return [judged.decision for judged in read_open_page(request.pk, request.staff_id).judged]


def count_with(opening) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(VAULT)
        return cursor.fetchone()[0]


OPEN = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
SELECT %s, 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant WHERE id = %s
"""
TELL = (
    "SELECT portal.append_entry('vault.opened', %s, 'staff', %s, 'access_request', %s, '', 'portal', NULL, 'grant', %s)"
)
TELL_OTHERWISE = "SELECT portal.append_entry(%s, %s, %s, %s, 'opening', %s, '', 'portal', NULL, '', %s)"


def record(cursor, grant, **changes) -> str:
    """An opening and its entry, by hand; `changes` are columns that say something else than the grant."""
    opening = str(uuid4())
    columns = ["staff_id", "customer_id", "category_id", "purpose_id"]
    values = [changes.get(column, getattr(grant, column)) for column in columns]
    cursor.execute(
        "INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
        " VALUES (%s, 'grant', %s, %s, %s, %s, %s)",
        [opening, *values, grant.pk],
    )
    told = json.dumps({"opening": opening})
    staff, customer = values[:2]
    cursor.execute(TELL, [customer, str(staff), str(grant.access_request_id), told])
    return opening


def committed(grant, **changes) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        return record(cursor, grant, **changes)


def committed_otherwise(kind, customer, *, told) -> str:
    """An opening of another kind by hand; `told` are event, kind and id of the entry's actor."""
    opening, (event, *actor) = str(uuid4()), told
    with transaction.atomic(), connection.cursor() as cursor:
        sql = "INSERT INTO disclosures_opening (id, kind, customer_id) VALUES (%s, %s, %s)"
        cursor.execute(sql, [opening, kind, customer])
        cursor.execute(TELL_OTHERWISE, [event, customer, *actor, opening, json.dumps({"opening": opening})])
    return opening


def shown(cursor, opening) -> int:
    cursor.execute("SELECT set_config('portal.opening', %s, true)", [opening])
    cursor.execute(VAULT)
    return cursor.fetchone()[0]
