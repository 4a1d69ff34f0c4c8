"""A page costs the same number of queries however long a customer's past is (design §7, Speed)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.access import services as access
from consents.catalogue import services as catalogue
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices import services as choices
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from tests.cast import answer, ask, make_purpose, make_recipient, signed_in
from tests.choices.conftest import publish_next

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


def offer(world, number: int, partner) -> PurposeVersion:
    """Of each kind of purpose in turn: asked, sold, on another basis, standing and asked per request."""
    facts = [{}, {"sale": True}, {"legal_basis": "A6-1-f"}, {}][number % 4]
    usage = [Usage.STANDING, Usage.BOTH][number % 2]
    kinds = list(world.categories.values())[: 1 + number % 2]
    return make_purpose(f"purpose-{number}", f"Do thing {number}", kinds, world.pia.user, usage, [partner], **facts)


def decide(world, version: PurposeVersion, times: int) -> None:
    """Yes and no in turn, on record each time."""
    mine = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "by": world.ada.actor}
    for turn in range(times):
        if turn % 2:
            choices.withdraw(**mine)
        else:
            choices.give(**mine, version=version.pk, confirmed=True)


def test_it_reads_choices_in_as_many_queries_whatever_there_is_to_choose_and_was_chosen(world, ada):
    partner = make_recipient("partner", kind="dpv:ThirdParty")
    few = [offer(world, number, partner) for number in range(5)]
    for place, version in enumerate([few[0], few[1], few[3], few[4]]):
        decide(world, version, 1 + place % 2)
    catalogue.retire(purpose=few[4].purpose, by=PORTAL)
    short = {path: queries_of(ada, path) for path in ("/choices/", "/choices/purpose-0/history/", "/receipts/")}

    many = [offer(world, number, partner) for number in range(5, 51)]
    for version in many:
        if version.rests_on_consent:
            decide(world, version, 1 + version.pk % 3)
    decide(world, few[0], 501)
    publish_next(many[1], world.pia.user)
    publish_next(many[3], world.pia.user, material=False)
    catalogue.retire(purpose=many[4].purpose, by=PORTAL)

    assert Entry.objects.filter(customer=world.ada.customer.id, object_type="choice").count() > 500
    page = ada.get("/choices/").content.decode()
    assert page.count('class="card"') == 50  # 51 and the world's own, less two that are retired
    assert {path: queries_of(ada, path) for path in short} == short
    assert max(short.values()) <= MOST
    assert "newest 100" in ada.get("/choices/purpose-0/history/").content.decode()
