"""A customer with 200 requests and 10,000 looks behind them: the pages answer in as many statements, and no longer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.access.services.ending import stop_access
from consents.core.owner import as_owner, silence_triggers
from consents.disclosures.selectors import LOOKS_IN_A_PART
from consents.disclosures.services import disclose_records
from consents.ledger.rules import Actor
from tests.bench.counting import MOST, queries_of
from tests.world.cast import answer, ask, signed_in

ASKS, LOOKS = 200, 10_000
MOST_FOR_A_PART = 5  # queries of the table for a spreadsheet
TABLES = (
    "access_accessrequest",
    "access_requestedcategory",
    "access_answer",
    "access_grant",
    "disclosures_opening",
)
# Copies of what Ada stopped, an hour apart each: a request, its kind of data, its answer, its grant; and looks, spread
# over them.
COPIES = """
WITH asked AS (
    INSERT INTO access_accessrequest
        SELECT copy.* FROM access_accessrequest AS r, generate_series(1, %(asks)s - 1) AS n,
            jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'token', gen_random_uuid(),
                'filed_at', r.filed_at - n * interval '1 hour', 'ended_at', r.ended_at - n * interval '1 hour')) AS copy
        WHERE r.id = %(request)s RETURNING id, filed_at
), of_kind AS (
    INSERT INTO access_requestedcategory (access_request_id, customer_id, category_id)
        SELECT asked.id, c.customer_id, c.category_id FROM asked, access_requestedcategory AS c
        WHERE c.access_request_id = %(request)s
), answered AS (
    INSERT INTO access_answer
        SELECT copy.* FROM asked, access_answer AS a,
            jsonb_populate_record(a, jsonb_build_object('access_request_id', asked.id, 'token', gen_random_uuid(),
                'answered_at', asked.filed_at)) AS copy
        WHERE a.access_request_id = %(request)s
), granted AS (
    INSERT INTO access_grant
        SELECT copy.* FROM asked, access_grant AS g,
            jsonb_populate_record(g, jsonb_build_object('id', gen_random_uuid(), 'access_request_id', asked.id,
                'starts_at', asked.filed_at, 'ends_at', asked.filed_at + interval '59 minutes')) AS copy
        WHERE g.access_request_id = %(request)s RETURNING id, starts_at
)
INSERT INTO disclosures_opening
    SELECT copy.* FROM granted, disclosures_opening AS o, generate_series(1, %(looks)s / (%(asks)s - 1) + 1) AS n,
        jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'grant_id', granted.id,
            'opened_at', granted.starts_at + n * interval '1 minute')) AS copy
    WHERE o.customer_id = %(customer)s
"""
PAGES = {"/": 60_000, "/?page=20": 60_000, "/activity/": 120_000, "/activity/?page=100": 120_000}


@pytest.fixture
def stopped(real_world):
    """What Ada let Sam see once, was looked at, and stopped."""
    request, sam = answer(real_world, ask(real_world, "orders")), real_world.sam.pk
    disclose_records(grant=request.grants.get().pk, staff=sam, by=Actor("staff", str(sam)))
    return stop_access(access_request=request.pk, customer=real_world.ada.customer.pk, by=real_world.ada.actor)


@pytest.mark.forced
def test_two_hundred_asks_and_ten_thousand_looks_cost_no_statement_more(real_world, stopped):
    ada, customer = signed_in(real_world.ada.user), real_world.ada.customer.pk
    ada.get("/")  # the first page of a session also writes down when it began
    short = {path: queries_of(ada, path) for path in ("/", "/activity/")}

    about = {"request": stopped.pk, "customer": customer, "asks": ASKS, "looks": LOOKS}
    with as_owner() as owner, silence_triggers(owner, *TABLES) as cursor:
        cursor.execute(COPIES, about)

    assert {path: queries_of(ada, path) for path in short} == short
    far = {path: queries_of(ada, path) for path in PAGES}
    assert max(far.values()) <= MOST + 3, far  # a far page of home reads its own part of the past, too
    sizes = {path: len(ada.get(path).content) for path in PAGES}
    assert not [path for path, size in sizes.items() if size > PAGES[path]]
    assert real_world.ada.customer.access_requests.count() == ASKS
    with CaptureQueriesContext(connection) as captured:
        table = ada.get("/activity/looks.csv").getvalue()
    assert table.count(b"\r\n") > LOOKS and len(captured) <= MOST + MOST_FOR_A_PART * (LOOKS // LOOKS_IN_A_PART + 1)
