"""Systems search whose data they may use, and for what: what is found is what a question about it would allow."""

import base64

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.decisions.api import answering
from tests.world.cast import make_customer
from tests.world.systems import Asking, agree, let_ask, question, withdraw

pytestmark = pytest.mark.usefixtures("with_offers")
ASKED = question("", subject={"type": "system", "id": "newsletter"}, resource={"type": "contact"})


@pytest.fixture
def newsletter(world, settings) -> Asking:
    return let_ask(settings)


@pytest.fixture
def agreed(world) -> list[str]:
    """The numbers of three who agreed; Ben did not."""
    people = [world.ada, *(make_customer(f"C-2{number}", f"c{number}@example.com") for number in range(2))]
    for one in people:
        agree(one, world.offers)
    return [str(one.customer.reference) for one in people]


def search(newsletter: Asking, content: dict, sought: str = "resource", **page: object) -> dict:
    return newsletter.ask(content | ({"page": page} if page else {}), f"search/{sought}")


def found(answer: dict) -> list[str]:
    return [one["id"] for one in answer["results"]]


def test_a_system_finds_whose_data_it_may_use_now(world, newsletter, agreed):
    answer = search(newsletter, ASKED)
    assert answer["results"] == [{"type": "contact", "id": number} for number in agreed]
    assert answer["page"] == {"next_token": ""}
    assert all(newsletter.ask(question(number))["decision"] for number in found(answer))

    withdraw(world.ada, world.offers)
    assert found(search(newsletter, ASKED)) == agreed[1:]


@pytest.mark.parametrize(("limit", "examined"), [(1, 2_000), (2, 2_000), (100, 1), (100, 2), (1, 2), (2, 3)])
def test_pages_together_are_the_whole(newsletter, agreed, monkeypatch, limit, examined):
    monkeypatch.setattr(answering, "EXAMINED", examined)
    numbers, page = [], {"limit": limit}
    for _ in range(10):
        answer = search(newsletter, ASKED, **page)
        assert len(answer["results"]) <= limit
        numbers += found(answer)
        page = {"token": answer["page"]["next_token"]}
        if not page["token"]:
            break

    assert numbers == agreed and not page["token"]


def test_a_page_costs_three_statements_however_many_it_finds(newsletter, agreed):
    with CaptureQueriesContext(connection) as statements:
        search(newsletter, ASKED)

    assert len(statements) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": {"type": "orders"}},
        {"action": {"name": "support"}},
        {"subject": {"type": "system", "id": "shop"}},
        {"page": {"token": "made-up"}},
        {"page": {"token": "", "limit": -1}},
        {"page": {"limit": 2}},
        {"page": {"limit": True}},
        {"page": {"token": 1}},
        {"page": []},
    ],
    ids=str,
)
def test_a_token_counts_for_its_own_search_alone(newsletter, agreed, changes):
    token = search(newsletter, ASKED, limit=1)["page"]["next_token"]
    page = changes.get("page", {})
    content = ASKED | changes | {"page": {"token": token} | page if isinstance(page, dict) else page}

    assert newsletter.send(content, "search/resource").status_code == 400


def test_the_same_limit_may_be_said_again_even_one_beyond_all(newsletter, agreed, monkeypatch):
    monkeypatch.setattr(answering, "MOST", 2)
    token = search(newsletter, ASKED, limit=5)["page"]["next_token"]

    assert found(search(newsletter, ASKED, limit=5, token=token)) == agreed[2:]


def test_a_token_tells_nobody_where_the_next_page_begins(world, newsletter, settings, monkeypatch):
    monkeypatch.setattr(answering, "EXAMINED", 1)  # after Ada, who agreed to nothing
    token = search(newsletter, ASKED)["page"]["next_token"]

    assert world.ada.customer.reference.encode() not in base64.urlsafe_b64decode(token)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next one", [settings.SECRET_KEY]
    assert search(newsletter, ASKED, token=token)["results"] == []


def test_nobody_is_found_at_a_limit_of_none_and_the_search_can_go_on(newsletter, agreed):
    answer = search(newsletter, ASKED, limit=0)

    assert answer["results"] == [] and answer["page"]["next_token"]


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": {"type": "no-such"}},
        {"action": {"name": "support"}},
        {"action": {"name": "no-such"}},
        {"subject": {"type": "system", "id": "shop"}},
        {"subject": {"type": "staff", "id": "newsletter"}},
    ],
    ids=str,
)
def test_what_is_unknown_or_another_systems_finds_nobody(newsletter, agreed, changes):
    assert search(newsletter, ASKED | changes) == {"page": {"next_token": ""}, "results": []}


def test_the_purposes_of_a_system_that_it_may_follow(world, settings, agreed):
    system, asked = let_ask(settings, "offers", "support"), question(agreed[0])
    asked.pop("action")

    assert search(system, asked, "action") == {"results": [{"name": "offers"}]}
    asked["resource"]["id"] = world.ben.customer.reference
    assert search(system, asked, "action") == {"results": []}


def test_a_system_finds_itself_and_no_other(world, newsletter, agreed):
    asked = question(agreed[0], subject={"type": "system", "id": "ignored"})
    assert search(newsletter, asked, "subject") == {"results": [{"type": "system", "id": "newsletter"}]}

    asked = question(world.ben.customer.reference, subject={"type": "system"})
    assert search(newsletter, asked, "subject") == {"results": []}
    assert search(newsletter, question(agreed[0], subject={"type": "staff"}), "subject") == {"results": []}


@pytest.mark.parametrize(
    ("sought", "content", "pointer"),
    [
        ("resource", {}, "/subject"),
        ("resource", ASKED | {"subject": {"type": "system"}}, "/subject/id"),
        ("resource", ASKED | {"resource": {"id": "C-1001"}}, "/resource/type"),
        ("action", {"subject": {"type": "system", "id": "x"}, "resource": {"type": "contact"}}, "/resource/id"),
        ("subject", ASKED, "/resource/id"),
    ],
)
def test_what_is_no_search_is_refused(newsletter, sought, content, pointer):
    response = newsletter.send(content, f"search/{sought}")

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
