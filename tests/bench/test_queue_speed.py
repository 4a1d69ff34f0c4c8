"""The queue of a large company: a page of 5,000 open requests, among many that are over, costs no more than it does."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import pytest

from consents.core.owner import as_owner, silence_triggers
from tests.rights.officer_pages import LIST
from tests.world.cast import signed_in

OPEN, PAST = 5_000, 20_000
TURNS = 11
# Of the work of the yardstick, which is a little more than what a page takes.
MOST_WORK = 1.5
YARD = 320_000
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


def work_a_yard() -> int:
    """Work as much as such a page takes, of the same kind: strings, look-ups, calls. A neighbour or a slow machine
    lengthens both."""
    words = {str(number): number for number in range(100)}
    return sum(len(f"{number}: {words[str(number % 100)]}") for number in range(YARD))


def measure_work(deed: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of one turn: on the clock, and of this process alone."""
    began, began_work = time.perf_counter(), time.process_time()
    deed()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - began_work)


def open_page(client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_page_of_five_thousand_open_requests_costs_no_more_than_today(company):
    pia = signed_in(company.pia.user)
    third = LIST + pia.get(LIST + pia.get(LIST).context["cl"].later_url).context["cl"].later_url
    pages = {"open": LIST, "third page": third, "mine": f"{LIST}?officer=me", "all": f"{LIST}?state=all"}

    deeds = {name: partial(open_page, pia, path) for name, path in pages.items()} | {"yard": work_a_yard}
    turns = [{name: measure_work(deed) for name, deed in deeds.items()} for _turn in range(TURNS)]

    wall, work = ({name: median(turn[name][way] for turn in turns) for name in deeds} for way in (0, 1))
    print("\nqueue of 5,000 open:", {name: f"p50 {wall[name]:.0f} ms, {work[name]:.0f} here" for name in deeds})
    # The machine of a test is shared: judged is the work of this process, beside as much work done in between.
    ratios = {name: median(turn[name][1] / turn["yard"][1] for turn in turns) for name in pages}
    assert max(ratios.values()) < MOST_WORK, ratios
