"""A page costs the same number of queries however long a customer's past is (design §7, Speed)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.access import services as access
from consents.ledger.rules import PORTAL
from tests.cast import answer, ask, signed_in

MOST = 15  # a new query on these pages is to be a decision


def add_past(world, count: int) -> None:
    """Cancelled requests: the same may be asked again at once."""
    for _ in range(count):
        access.cancel(request=ask(world, "contact").pk, member=world.sam, by=PORTAL)


def queries_of(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    # Saving the session is the one act of a reading page; it comes with its own savepoint.
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


@pytest.fixture
def ada(world):
    client = signed_in(world.ada.user)
    client.get("/")  # the first page of a session also writes down when it began
    return client


def test_it_reads_home_in_as_many_queries_whatever_the_past(world, ada):
    add_past(world, 1)
    answer(world, ask(world, "orders"))
    ask(world, "health", member=world.kim)
    short = queries_of(ada, "/")

    add_past(world, 12)

    assert queries_of(ada, "/") == short <= MOST


@pytest.mark.parametrize("categories", [["contact"], ["contact", "orders", "health"]])
def test_it_reads_a_request_in_as_many_queries_whatever_is_asked(world, ada, categories):
    waiting = ask(world, *categories)

    assert queries_of(ada, f"/requests/{waiting.pk}/") <= MOST
