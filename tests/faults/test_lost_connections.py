"""The server ends a connection in the middle of an act: "not now", nothing half done, and the next request works."""

from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.test import Client
from django.urls import reverse

from consents.access.models import Answer, Grant
from consents.ledger.models import Entry
from tests.access.asking_form import form_of
from tests.world.cast import ask

MOST = 200


class Ending:
    """Ends the portal's own connection just before one of its statements."""

    def __init__(self, at: int, beside: Any) -> None:
        self.at, self.seen, self.beside = at, 0, beside

    def __call__(self, execute, sql, params, many, context) -> Any:
        self.seen += 1
        if self.seen == self.at:
            pid = connection.connection.info.backend_pid
            assert self.beside.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()[0]
        return execute(sql, params, many, context)


@pytest.fixture
def ada(real_world) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(real_world.ada.user)
    return client


def test_an_answer_is_saved_once_whenever_the_connection_ends(real_world, ada, beside, capsys):
    request = ask(real_world)
    form = form_of(ada, request) | {"decision": "all", "confirm": "1"}
    for number in range(1, MOST):
        with connection.execute_wrapper(ending := Ending(number, beside)):
            response = ada.post(reverse("access:answer", args=[request.pk]), form)
        close_old_connections()  # as before and after every request
        if ending.seen < number:
            break
        check_not_now(response)
        assert ada.get("/").status_code == 200
        check_all_or_nothing()

    with capsys.disabled():
        print(f" {number - 1}", end="")
    assert number > 10
    assert response.status_code == 302
    assert ada.post(reverse("access:answer", args=[request.pk]), form)["Location"] == response["Location"]
    assert check_all_or_nothing() == 1


def test_a_connection_that_ended_between_two_requests_is_made_anew(real_world, ada, beside):
    assert ada.get("/").status_code == 200
    pid = connection.connection.info.backend_pid
    assert beside.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()[0]
    close_old_connections()  # as before every request

    assert ada.get("/").status_code == 200
    assert connection.connection.info.backend_pid != pid


def check_all_or_nothing() -> int:
    """How many answers there are: the connection may also end after the act, while the session is saved."""
    answers = Answer.objects.count()
    assert answers <= 1 and Grant.objects.count() == 3 * answers
    assert Entry.objects.filter(event="access_request.answered").count() == answers
    return answers


def check_not_now(response) -> None:
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "no-store" in response["Cache-Control"]
    assert "we do not know whether it was saved" in response.text
    assert not [word for word in ("psycopg", "terminat", "SQL", "Ada Marker", "Traceback") if word in response.text]


@pytest.mark.parametrize("path", ["/", "/choices/", "/activity/", "/accounts/email/", "/readyz"])
def test_every_first_statement_may_find_the_connection_gone(ada, beside, path):
    with connection.execute_wrapper(Ending(1, beside)):
        response = ada.get(path)
    close_old_connections()

    assert response.status_code == 503
    assert ada.get(path).status_code == 200


def test_a_database_that_refuses_connections_is_not_now(ada, monkeypatch):
    def refuse(*args):
        raise OperationalError("FATAL: sorry, too many clients already")

    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(connection, "get_new_connection", refuse)
        response = ada.get("/")

    assert response.status_code == 503 and "too many clients" not in response.text
    assert ada.get("/").status_code == 200
