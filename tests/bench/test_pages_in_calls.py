"""The four pages that customers open most cost no more calls of Python, and no more statements, than today."""

from tests.bench.counting import count_calls, open_page, queries_of
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in

# A tenth more than today, for other releases of what lies below; the client of the tests is counted, too.
MOST_CALLS = {"home": 9_800, "request": 15_200, "choices": 9_200, "who looked": 17_800}  # the last with four looks
MOST_STATEMENTS = 2


def test_a_page_costs_no_more_than_today(with_offers, world, subtests):
    client, waiting = signed_in(world.ada.user), ask(world, "contact")
    allowed = answer(world, ask(world, "orders", "health"))
    for code in ("orders", "health", "orders", "orders"):
        look(world, allowed, code)
    pages = {"home": "/", "request": f"/requests/{waiting.pk}/", "choices": "/choices/", "who looked": "/activity/"}
    for name, path in pages.items():
        open_page(client, path)
        with subtests.test(name):
            assert queries_of(client, path) <= MOST_STATEMENTS
            assert count_calls(lambda path=path: client.get(path)) < MOST_CALLS[name]
