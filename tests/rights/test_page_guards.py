"""Pages of a right, opened where nothing is left to do, too often, or with words that say nothing."""

from uuid import uuid4

import pytest
from django.test import Client

from consents.copies.staff.admin import RequestWithCopyAdmin
from consents.people.models import Role
from consents.rights.models import RightsRequest
from tests.rights.customer_pages import freshly
from tests.rights.officer_pages import LIST, text
from tests.world.cast import signed_in
from tests.world.rights_requests import ask_back, entries, file


@pytest.fixture
def ada(world) -> Client:
    return signed_in(world.ada.user)


def page_of(request, name: str = "") -> str:
    return f"/rights/requests/{request.number}/{name}"


def test_where_no_entry_and_no_yes_is_missing_the_request_is_shown(world):
    request, ada = file(world.ada), freshly(world.ada)
    for name in ("entry/", "agree/"):
        for response in (ada.get(page_of(request, name)), ada.post(page_of(request, name), {"entry": str(uuid4())})):
            assert response.status_code == 302 and response.url == page_of(request)
    assert entries(request) == ["filed"]


def test_a_correction_says_at_least_one_thing(world, ada):
    typed = {"category": "contact", "right_phone": "", "done": ["category", "correction"]}
    response = ada.post("/rights/rectification/", typed)

    assert response.status_code == 422 and "Type how at least one of them should read." in text(response)
    assert not RightsRequest.objects.exists()


def test_a_question_that_was_never_asked_is_not_there(world, ada):
    request = ask_back(world, file(world.ada))

    assert ada.get(page_of(request, "reply/0/")).status_code == 404


def test_codes_are_tried_and_mailed_so_often_and_no_more(world, ada, settings):
    once = {"collect": "1/5m/ip", "reauthenticate_code": "1/10m/user"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | once
    stranger, typed = Client(REMOTE_ADDR="192.0.2.79"), {"number": "RQ-2222-2222", "code": "BCDF-GHJK-MNPQ"}
    page = page_of(file(world.ada, is_fresh=False), "confirm/")

    assert [stranger.post("/rights/answer/", typed).status_code for _ in range(2)] == [422, 429]
    assert [ada.post(page, {"send": "1", "token": str(uuid4())}).status_code for _ in range(2)] == [302, 429]


def test_whoever_may_type_in_nothing_has_no_page_for_it(world, monkeypatch):
    monkeypatch.setattr(RequestWithCopyAdmin, "may_add", {Role.COMPLIANCE_OFFICER})

    assert signed_in(world.sam.user).get(f"{LIST}add/").status_code == 404
