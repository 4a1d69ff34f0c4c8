"""The queue of a large company: a page of 5,000 open requests, among many that are over, costs no more than it does."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from consents.core.owner import as_owner, silence_triggers
from tests.bench.counting import count_calls, open_page
from tests.rights.officer_pages import LIST
from tests.world.cast import signed_in

OPEN, PAST = 5_000, 20_000
# A tenth more than in the dearest page, for other releases of what lies below.
MOST_CALLS = 340_000
MOST_BLOCKS = 60_000  # twelve for each of the 5,000: a look at an index or three, as the planner chooses
# Every third is nobody's, every fifth waits for its customer to confirm it; what is over was answered in a week.
REQUESTS = """
INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, filed_at, identity_needed, clocks, due_at, answer_by, due_rule,
        due_unit, calendar_id, target_on, state, handler_id)
    SELECT gen_random_uuid(), 'B-' || n, CASE WHEN n %% 2 = 0 THEN %(ada)s ELSE %(ben)s END::uuid, 'gdpr', 'DE', 'A15',
           '[]', CASE WHEN n %% 5 = 0 THEN 'portal' ELSE 'post' END, 'self', '', at, at, 'reasonable', '{}',
           at + interval '30 days', at + interval '30 days', 'gdpr:12(3)', 'month', 'IE', at::date + 20,
           CASE WHEN n > %(open)s THEN 'answered' WHEN n %% 3 = 0 THEN 'received' ELSE 'in_progress' END,
           CASE WHEN n %% 3 = 0 THEN NULL ELSE %(pia)s::uuid END
    FROM generate_series(1, %(open)s + %(past)s) AS n
    CROSS JOIN LATERAL (SELECT portal.now() - n * interval '8 minutes' AS at) AS each
"""
ANSWERS = """
INSERT INTO rights_answer (rights_request_id, customer_id, responded_at, outcome, response_format, retain_until)
    SELECT id, customer_id, received_at + interval '7 days', 'complied_whole', 'email', received_at::date + 800
    FROM rights_rightsrequest WHERE state = 'answered'
"""
TABLES = ("rights_rightsrequest", "rights_answer")


@pytest.fixture
def company(real_world):
    about = {"ada": real_world.ada.customer.pk, "ben": real_world.ben.customer.pk, "pia": real_world.pia.pk}
    with as_owner() as owner:
        with silence_triggers(owner, *TABLES) as cursor:
            cursor.execute(REQUESTS, about | {"open": OPEN, "past": PAST})
            cursor.execute(ANSWERS)
        with owner.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}, rights_identitycheck, rights_appeal")
    return real_world


def count_blocks(deed: Callable[[], object]) -> int:
    """Blocks of 8 kB that PostgreSQL touches for what is read: each SELECT is explained before it runs."""
    counted = []

    def explain_first(execute, sql, params, many, context):
        if sql.startswith("SELECT"):
            execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) {sql}", params, many, context)
            plan = context["cursor"].fetchone()[0][0]["Plan"]
            counted.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain_first):
        deed()
    assert counted, "Nothing was read."
    return sum(counted)


def test_a_page_of_five_thousand_open_requests_costs_no_more_than_today(company):
    pia = signed_in(company.pia.user)
    third = LIST + pia.get(LIST + pia.get(LIST).context["cl"].later_url).context["cl"].later_url
    pages = {"open": LIST, "third page": third, "mine": f"{LIST}?officer=me", "all": f"{LIST}?state=all"}
    deeds = {name: partial(open_page, pia, path) for name, path in pages.items()}

    blocks = {name: count_blocks(deed) for name, deed in deeds.items()}
    # From the second time on, what a process learns once is no longer counted.
    calls = {name: count_calls(deed) for name, deed in deeds.items()}

    assert max(calls.values()) < MOST_CALLS, calls
    assert max(blocks.values()) < MOST_BLOCKS, blocks
