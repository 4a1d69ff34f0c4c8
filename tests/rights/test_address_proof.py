"""A stranger's form becomes a request only once the code sent to its address was typed in."""

import pytest
from django.test import Client

from consents.notifications.models import Message
from consents.people.visitors import EMAILS_PER_HOUR
from consents.rights.customers.asking_pages import TRIES
from consents.rights.models import RightsRequest
from tests.world.proofs import code_in, last_mail

PAGE = "/rights/access/?where=IE"
STRANGER = {"name": "Eve Example", "email": "eve@example.com", "submitted_by": "self"}
SAID = STRANGER | {"where": "IE", "span": "all", "words": "", "done": ["period", "words", "who", "behalf"], "send": "1"}
OPT_OUT = "/rights/opt-out/"


@pytest.fixture
def said(world):
    """What the form carries on its last page."""
    return SAID


def test_without_the_code_there_is_no_request(said):
    answer = Client().post(PAGE, said)

    assert answer.status_code == 200 and 'name="mailed_code"' in answer.text
    assert "One step is left" in answer.text and "autofocus" in answer.text
    assert not RightsRequest.objects.exists()


def test_with_the_code_there_is_one(said):
    client = Client()
    client.post(PAGE, said)

    answer = client.post(PAGE, said | {"mailed_code": code_in(last_mail()).lower()})

    assert answer.status_code == 302 and RightsRequest.objects.get().channel == "webform"


def test_a_wrong_code_is_not_taken_and_tries_end(said):
    client = Client()
    client.post(PAGE, said)
    code = code_in(last_mail())

    answers = [client.post(PAGE, said | {"mailed_code": "BCDF-GHJK"}) for _ in range(TRIES)]

    assert {one.status_code for one in answers} == {422}
    assert '<a href="#mailed-code">This code does not work.' in answers[0].text and "autofocus" not in answers[0].text
    assert client.post(PAGE, said | {"mailed_code": code}).status_code == 422
    assert not RightsRequest.objects.exists()


def test_a_code_counts_for_its_address_and_session_alone(said):
    client = Client()
    client.post(PAGE, said)
    right = said | {"mailed_code": code_in(last_mail())}

    assert client.post(PAGE, right | {"email": "ada@example.com"}).status_code == 422
    assert Client().post(PAGE, right).status_code == 422
    assert not RightsRequest.objects.exists()


def test_an_address_gets_few_codes_from_everyone_together(said):
    for number in range(3 * EMAILS_PER_HOUR):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(PAGE, said | {"send": "again"})

    assert Message.objects.count() == EMAILS_PER_HOUR


def test_an_opt_out_needs_no_code_and_is_bounded(world):
    said = STRANGER | {"where": "US-CA", "words": "", "done": ["words", "who", "behalf"], "send": "1"}
    strangers = [Client(REMOTE_ADDR=f"192.0.2.{number}") for number in range(EMAILS_PER_HOUR + 1)]

    statuses = [stranger.post(OPT_OUT, said).status_code for stranger in strangers]

    assert statuses == [302] * EMAILS_PER_HOUR + [429]


def test_who_proved_it_a_moment_ago_is_not_asked_again(said):
    client = Client()
    client.post(PAGE, said)
    client.post(PAGE, said | {"mailed_code": code_in(last_mail())})

    assert client.post(PAGE, said).status_code == 302 and RightsRequest.objects.count() == 2
    for asked in (client.post(PAGE, said | {"email": "ada@example.com"}), Client().post(PAGE, said)):
        assert asked.status_code == 200 and 'name="mailed_code"' in asked.text
    assert RightsRequest.objects.count() == 2
