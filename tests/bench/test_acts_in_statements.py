"""An act asks the database as little as it can: a statement more is to be a decision."""

from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.pages import TRANSACTION_WORDS
from consents.access.models import AccessRequest
from tests.access.asking_form import form_of
from tests.world.cast import answer, ask, signed_in

ANSWER, STOP, GIVE, WITHDRAW, OPEN = 23, 14, 17, 28, 16  # without what begins and ends transactions
END_WITH_IT = 2  # more for each request that a withdrawal ends: its entry and the email to whoever asked


def count_statements(client, path: str, status: int = 302, **said: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.post(path, {"token": str(uuid4())} | said).status_code == status
    return sum(not TRANSACTION_WORDS.match(query["sql"]) for query in captured.captured_queries)


def test_an_answer(world):
    client, asked = signed_in(world.ada.user), [ask(world, "contact"), ask(world, "orders", "health")]

    counts = [
        count_statements(client, f"/requests/{one.pk}/answer/", decision="all", confirm="1", **form_of(client, one))
        for one in asked
    ]

    assert max(counts) <= ANSWER


def test_a_stop(world):
    client, running = signed_in(world.ada.user), ask(world, "contact", "orders")
    answer(world, running)
    client.get("/")

    assert count_statements(client, f"/requests/{running.pk}/stop/") <= STOP


def test_a_yes_and_a_no_to_a_purpose(with_offers, world):
    client, version = signed_in(world.ada.user), world.offers
    client.get("/")
    said = {"answer": "given", "version": str(version.pk), "language": "en"}

    assert count_statements(client, "/choices/offers/give/", **said) <= GIVE
    assert count_statements(client, "/choices/offers/withdraw/", version=str(version.pk)) <= WITHDRAW


def test_a_no_to_a_purpose_for_which_people_ask_and_look(world):
    client, version, path = signed_in(world.ada.user), world.version, f"/choices/{world.purpose.code}"
    client.get("/")
    given = {"answer": "given", "version": str(version.pk), "language": "en"}
    assert client.post(f"{path}/give/", {"token": str(uuid4())} | given).status_code == 302
    running, waiting = [answer(world, ask(world, kind)) for kind in ("contact", "orders")], ask(world, "health")

    assert count_statements(client, f"{path}/withdraw/", version=str(version.pk)) <= WITHDRAW + 3 * END_WITH_IT

    assert AccessRequest.objects.get(pk=waiting.pk).state == "denied"
    assert {grant.end for request in running for grant in request.grants.all()} == {"withdrawn"}


def test_a_look_at_data(world):
    client, running = signed_in(world.sam.user), answer(world, ask(world, "contact", "orders"))
    path, grant = f"/admin/open/{running.pk}/", running.grants.get(category__code="orders")
    client.get(path)

    assert count_statements(client, path, status=200, grant=str(grant.pk)) <= OPEN
