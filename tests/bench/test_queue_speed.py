"""The queue of a large company: a page of 5,000 open requests, among many that are over, costs no more than it does."""

import time
from statistics import median

import pytest

from consents.core.owner import as_owner, silence_triggers
from tests.rights.officer_pages import LIST
from tests.world.cast import signed_in

OPEN, PAST = 5_000, 20_000
# Milliseconds of this process for the median page: twice what it takes. The goal is 40 on the clock, which is not met.
MOST_WORK = 140
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


def measure_page(client, path: str, times: int = 21) -> tuple[float, float]:
    """Milliseconds of the median page: on the clock, and of this process alone."""
    taken, worked = [], []
    for _turn in range(times):
        began, began_work = time.perf_counter(), time.process_time()
        assert client.get(path).status_code == 200
        taken.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - began_work))
    return median(taken), median(worked)


def test_a_page_of_five_thousand_open_requests_costs_no_more_than_today(company):
    pia = signed_in(company.pia.user)
    third = LIST + pia.get(LIST + pia.get(LIST).context["cl"].later_url).context["cl"].later_url
    pages = {"open": LIST, "third page": third, "mine": f"{LIST}?officer=me", "all": f"{LIST}?state=all"}

    taken = {name: measure_page(pia, path) for name, path in pages.items()}

    print(
        "\nqueue of 5,000 open:", {name: f"p50 {wall:.0f} ms, {work:.0f} here" for name, (wall, work) in taken.items()}
    )
    # The machine of a test is shared: judged is the work of this process, which its neighbours hardly change.
    assert max(work for _wall, work in taken.values()) < MOST_WORK, taken
