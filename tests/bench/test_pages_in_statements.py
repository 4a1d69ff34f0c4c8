"""The four pages that customers open most ask the database as little as their budget allows."""

from tests.bench.counting import open_page, queries_of
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in

MOST_STATEMENTS = 17  # 12 is the aim, and not met yet


def test_a_page_keeps_to_its_budget(with_offers, world, subtests):
    client, waiting = signed_in(world.ada.user), ask(world, "contact")
    allowed = answer(world, ask(world, "orders", "health"))
    for code in ("orders", "health", "orders", "orders"):
        look(world, allowed, code)
    pages = {"home": "/", "request": f"/requests/{waiting.pk}/", "choices": "/choices/", "who looked": "/activity/"}
    for name, path in pages.items():
        open_page(client, path)
        with subtests.test(name):
            assert queries_of(client, path) <= MOST_STATEMENTS
