"""What /api/openapi.json says is what the portal takes and answers, by validators that are not ours."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from psycopg import errors

from consents.decisions.api import messages, pages
from consents.insights import selectors
from consents.insights.selectors import PublishedMonth
from consents.ledger.merkle import ConsistencyProof
from consents.ledger.selectors import proofs
from consents.people.languages import LanguageMiddleware
from portal.programs import is_for_programs, refuse_program
from tests.world.addresses import addresses
from tests.world.colleagues import let_in
from tests.world.systems import Asking, agree, let_ask, question

pytestmark = pytest.mark.usefixtures("with_offers")
ADDRESS = "/api/openapi.json"
# In no JSON, or described by their own protocol.
NOT_DESCRIBED = {"openapi", "security_contact", "healthz", "directory_root", "directory"}


@pytest.fixture
def newsletter(world, settings) -> Asking:
    let_in(settings)
    return let_ask(settings)


@pytest.fixture
def description(newsletter) -> dict[str, Any]:
    return Client().get(ADDRESS).json()


def find_operations(description: dict[str, Any], method: str) -> dict[str, dict[str, Any]]:
    return {path: methods[method] for path, methods in description["paths"].items() if method in methods}


def build_questions(number: str) -> dict[str, dict[str, Any]]:
    """A question for each address that a system asks at, which is answered with 200."""
    asked, me = question(number), {"type": "system", "id": "newsletter"}
    more = {"context": {}, "page": {"limit": 5}}
    return {
        "/access/v1/evaluation": asked | {"context": {}},
        "/access/v1/evaluations": {"evaluations": [asked, {}], "options": {"evaluations_semantic": "execute_all"}},
        "/access/v1/search/subject": asked | more | {"subject": {"type": "system"}},
        "/access/v1/search/resource": asked | more | {"subject": me, "resource": {"type": "contact"}},
        "/access/v1/search/action": {"subject": me, "resource": asked["resource"]} | more,
    }


def judge(description: dict[str, Any], schema: dict[str, Any], content: Any) -> bool:
    from jsonschema import Draft202012Validator  # here, so that no worker loads it that does not judge

    return Draft202012Validator(schema | {"components": description["components"]}).is_valid(content)


def close_objects(schema: Any) -> Any:
    """The same, of which no object has a member that it does not name: nothing is told that is not described."""
    if isinstance(schema, list):
        return [close_objects(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close_objects(part) for name, part in schema.items()}
    return {"additionalProperties": False, **closed} if isinstance(schema.get("properties"), dict) else closed


def is_as_described(description: dict[str, Any], described: dict[str, Any], response: HttpResponse) -> bool:
    [(kind, content)] = described["content"].items()
    strict = {"components": close_objects(description["components"])}
    needed = {name for name, header in described.get("headers", {}).items() if header.get("required")}
    return (
        response["Content-Type"] == kind
        and all(response.has_header(name) for name in needed)
        and judge(strict, close_objects(content["schema"]), json.loads(response.content))
    )


@pytest.mark.parametrize("has_more", [False, True])
def test_it_is_openapi_and_anybody_may_keep_it(db, settings, has_more):
    if has_more:
        let_ask(settings), let_in(settings)
    response = Client().get(ADDRESS)

    from openapi_spec_validator import OpenAPIV31SpecValidator

    OpenAPIV31SpecValidator(response.json()).validate()
    assert response["Cache-Control"] == "public, max-age=300"
    assert any("/access/" in path for path in response.json()["paths"]) == has_more
    assert ("directory" in {tag["name"] for tag in response.json()["tags"]}) == has_more


def test_it_describes_each_address_of_programs(description):
    names = {name: f"/{path}" for name, path in addresses() if is_for_programs(f"/{path}")}
    described = {path.replace("{older}", "1").replace("{newer}", "1") for path in description["paths"]}

    assert described == {path for name, path in names.items() if name not in NOT_DESCRIBED}
    examples = description["components"]["schemas"]["Question"]["examples"]
    assert all(judge(description, {"$ref": "#/components/schemas/Question"}, example) for example in examples)


@pytest.fixture
def make_response(world, newsletter, settings, monkeypatch):
    """Have the portal answer a question at this address with this status."""

    def send(path: str, content: Any, kind: str = "application/json") -> HttpResponse:
        newsletter.client.raise_request_exception = False
        return newsletter.client.post(path, content, kind)

    def send_in_trouble(path: str, content: Any, trouble: type[Exception]) -> HttpResponse:
        def fail(self, request):
            raise trouble

        with monkeypatch.context() as patch:
            patch.setattr(LanguageMiddleware, "__call__", fail)
            return send(path, content)

    def ask_without_token(path: str, content: Any, *, is_often: bool = False) -> HttpResponse:
        with monkeypatch.context() as patch:
            patch.setattr(pages.ratelimit, "consume", lambda *_, **__: not is_often)
            return Client().post(path, content, "application/json")

    def send_too_much(path: str, content: Any) -> HttpResponse:
        return send(path, json.dumps(content) + " " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def send_in_clear(path: str, content: Any) -> HttpResponse:
        settings.SECURE_SSL_REDIRECT = True
        response = Asking().client.post(path, content, "application/json")
        settings.SECURE_SSL_REDIRECT = False
        return response

    return {
        200: send,
        400: lambda path, content: send(path, {}),
        401: ask_without_token,
        403: send_in_clear,
        408: lambda path, content: refuse_program(path, 408),
        409: lambda path, content: send_in_trouble(path, content, errors.UniqueViolation),
        411: lambda path, content: refuse_program(path, 411),
        413: send_too_much,
        415: lambda path, content: send(path, content, "text/plain"),
        429: lambda path, content: ask_without_token(path, content, is_often=True),
        500: lambda path, content: send_in_trouble(path, content, ZeroDivisionError),
        503: lambda path, content: send_in_trouble(path, content, OperationalError),
    }


def test_each_answer_of_each_status_is_as_described(world, description, make_response, subtests):
    agree(world.ada, world.offers)
    for path, operation in find_operations(description, "post").items():
        for customer in (world.ada.customer, world.ben.customer):
            content = build_questions(customer.reference)[path]
            for status, described in operation["responses"].items():
                with subtests.test(path=path, status=status):
                    response = make_response[int(status)](path, content)
                    assert response.status_code == int(status)
                    assert is_as_described(description, described, response), response.content


def list_values(content: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of each value in a question."""
    if path:
        yield path
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in pairs:
        yield from list_values(value, (*path, name))


def change_value(content: Any, path: tuple, *values: Any) -> Any:
    """A copy with another value in this place; without any, one that leaves it out."""
    changed = place = copy.deepcopy(content)
    for name in path[:-1]:
        place = place[name]
    place.pop(path[-1])
    if values:
        place[path[-1]] = values[0]
    return changed


def list_changes(asked: dict[str, Any]) -> Iterator[Any]:
    yield from (None, [], "x", {})
    for path in list_values(asked):
        if isinstance(path[-1], str) and "evaluations" not in path[:-1]:
            yield change_value(asked, path)
            yield from (change_value(asked, path, value) for value in (None, True, -1, "x", "\0", [], {}))


def test_it_takes_what_is_described_and_nothing_else(world, newsletter, description, subtests):
    """Each member of each question left out, and replaced by values of every kind."""
    for path, operation in find_operations(description, "post").items():
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        asked = build_questions(world.ada.customer.reference)
        statuses = set()
        for content in [*list_changes(asked[path]), asked["/access/v1/evaluation"]]:
            status = newsletter.send(content, path.removeprefix("/access/v1/")).status_code
            statuses.add(status)
            with subtests.test(path=path, content=content):
                assert status == (200 if judge(description, schema, content) else 400)
        assert statuses == {200, 400}


def test_a_batch_of_more_than_is_described_is_refused(newsletter, description):
    schema = {"$ref": "#/components/schemas/Questions"}
    for size, status in ((messages.MOST, 200), (messages.MOST + 1, 400)):
        content = {"evaluations": [question("C-1001")] * size}
        assert judge(description, schema, content) == (status == 200)
        assert newsletter.send(content, "evaluations").status_code == status


def test_each_file_is_as_described(description, monkeypatch, subtests):
    month = PublishedMonth("2026-10", 11, {"asked": 12, "denied": None}, None, 7, None)
    monkeypatch.setattr(selectors, "list_published_months", lambda now: [month])
    proof = ConsistencyProof("older", "newer", (b"step",))
    monkeypatch.setattr(proofs, "build_consistency_proof", lambda older, newer, most: proof)
    for path, operation in find_operations(description, "get").items():
        with subtests.test(path):
            response = Client().get(path.format(older=1, newer=2))
            assert is_as_described(description, operation["responses"][str(response.status_code)], response)
            refusal = Client().post(path.format(older=1, newer=2))
            assert is_as_described(description, operation["responses"]["default"], refusal)
