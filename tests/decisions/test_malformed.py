"""What is no question of the protocol is refused with 400, and says what is wrong with it."""

import pytest

from consents.decisions.api import messages
from tests.world.systems import let_ask, question

ASKED = question("C-1001")


@pytest.fixture
def newsletter(db, settings):
    return let_ask(settings)


def without(name: str) -> dict:
    return {key: value for key, value in ASKED.items() if key != name}


@pytest.mark.parametrize("path", ["evaluation", "evaluations"])
@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (" ", ""),
        ("{", ""),
        (b"\xff", ""),
        ("[]", ""),
        ("null", ""),
        ('{"a": 1, "a": 2}', ""),
        ('{"a": NaN}', ""),
        ('{"a": 1e999}', ""),
        ('{"a": "\\ud800"}', ""),
        ("[" * 100_000, ""),
        ("1" * 5_000, ""),
        (without("subject"), "/subject"),
        (without("action"), "/action"),
        (without("resource"), "/resource"),
        (ASKED | {"subject": "newsletter"}, "/subject"),
        (ASKED | {"subject": {"type": "system"}}, "/subject/id"),
        (ASKED | {"action": {"name": 123}}, "/action/name"),
        (ASKED | {"action": {"name": "offers", "properties": []}}, "/action/properties"),
        (ASKED | {"resource": {"type": "contact", "id": "\0"}}, "/resource/id"),
        (ASKED | {"context": []}, "/context"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_question_is_refused(newsletter, path, content, pointer):
    response = newsletter.send(content, path)

    problem = response.json()
    assert (response.status_code, problem["status"], problem["title"]) == (400, 400, "Bad Request")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"evaluations": {}}, "/evaluations"),
        ({"evaluations": [ASKED] * (messages.MOST + 1)}, "/evaluations"),
        ({"options": []}, "/options"),
        ({"options": {"evaluations_semantic": "any"}}, "/options/evaluations_semantic"),
        ({"options": {"evaluations_semantic": []}}, "/options/evaluations_semantic"),
    ],
    ids=["no list", "too many", "no options", "no semantic", "no text"],
)
def test_what_is_no_batch_is_refused(newsletter, changes, pointer):
    response = newsletter.send(ASKED | changes, "evaluations")

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize("item", [None, "x", [], {"subject": None}, {"context": 1}])
def test_an_item_that_is_no_question_is_a_no_beside_the_others(newsletter, item):
    wrong, right = newsletter.ask_all(item, {}, **ASKED)

    assert wrong["decision"] is False and wrong["context"]["error"]["status"] == 400
    assert right["context"] == {"reason": "no_such_purpose"}


@pytest.mark.parametrize("path", ["evaluation", "evaluations"])
def test_another_method_or_type_is_refused(newsletter, path):
    address = f"/access/v1/{path}"
    wrong = [newsletter.client.generic(method, address) for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")]

    assert {(one.status_code, one["Allow"]) for one in wrong} == {(405, "POST")}
    assert newsletter.client.post(address, ASKED, "text/plain").status_code == 415
    assert newsletter.client.post(address, ASKED, "application/json; charset=utf-8").status_code == 200


def test_a_question_that_is_too_large_is_refused(newsletter, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert newsletter.send(ASKED).status_code == 413
