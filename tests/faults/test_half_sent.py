"""Forms of which only half arrives, held open from one address, do not close the portal for anybody else."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from select import select
from uuid import uuid4

from tests.faults.playing import Answer, Browser
from tests.waiting import PATIENCE

HALF_SENT = 60
KEPT = 8  # of one address, for ten seconds; portal.server, which starts a portal where it is imported
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n\r\nlogin="
)


def send_half(port: int, path: str, more: str = "Content-Length: 1000") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(HEAD.format(path=path, more=more).encode())
    return connection


def ask_amid_half_sent(port: int, ask: Callable[[], Answer]) -> Answer:
    """What is answered while all that are kept are held open: asked again where a busy machine has given some up by
    then."""
    while True:
        with ExitStack() as stack:
            held = [stack.enter_context(send_half(port, "/accounts/login/")) for _ in range(HALF_SENT)]
            answer = ask()
            answered, _, _ = select(held, [], [], 0)
            if len(held) - len(answered) >= KEPT:
                return answer


def test_a_customer_keeps_withdrawing_amid_half_sent_forms(portal, customers):
    them = Browser(portal.port, next(customers)["session"])
    page = f"/choices/{portal.stage['purpose']}"
    assert them.insist("/").status == 200

    for _ in range(3):
        given = {"answer": "given", "version": portal.stage["version"], "token": str(uuid4())}
        withdrawn = {"token": str(uuid4())}
        asks = [
            lambda given=given: them.ask(f"{page}/give/", given),
            lambda withdrawn=withdrawn: them.ask(f"{page}/withdraw/", withdrawn),
            lambda: Browser(portal.port, "a=stranger").ask("/help/"),
        ]
        assert [ask_amid_half_sent(portal.port, ask).status for ask in asks] == [302, 302, 200]


def test_a_half_sent_form_is_given_up_after_a_while(portal):
    with send_half(portal.port, "/accounts/login/") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_form_that_is_too_large_is_not_even_read(portal):
    with send_half(portal.port, "/accounts/login/", "Content-Length: 100000000") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_question_that_is_too_large_is_refused_in_its_protocol(portal):
    head = "X-Request-ID: 7f0c\r\nContent-Length: 100000000"
    for path, kind in (("/access/v1/evaluation", b"problem"), ("/scim/v2/Users", b"scim"), ("/api/x", b"problem")):
        with send_half(portal.port, path, head) as connection:
            answer = connection.makefile("rb").read().lower()

        assert answer.startswith(b"http/1.1 413 ") and b"\r\ncontent-type: application/%s+json\r\n" % kind in answer
        assert (b"\r\nx-request-id: 7f0c\r\n" in answer) == path.startswith("/access/")


def test_a_stranger_sends_nothing_large_where_officers_add_files(portal):
    path = f"/admin/rights/rightsrequest/{uuid4()}/files/"
    with send_half(portal.port, path, "Content-Length: 10000000") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_form_of_no_stated_length_is_refused(portal):
    with send_half(portal.port, "/accounts/login/", "Transfer-Encoding: chunked") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 411 ")


def test_a_form_that_was_cut_off_is_not_acted_on(portal, customers):
    """The field that is missing may be the one that narrows the answer."""
    customer = next(customers)
    them, page = Browser(portal.port, customer["session"]), f"/choices/{portal.stage['purpose']}"
    assert them.insist("/").status == 200
    body = f"csrfmiddlewaretoken={'x' * 32}&answer=given&version={portal.stage['version']}&token={uuid4()}"
    head = (
        f"POST {page}/give/ HTTP/1.1\r\nHost: localhost\r\nCookie: {customer['session']}; csrf={'x' * 32}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body) + 50}\r\n\r\n{body}"
    )

    with socket.create_connection(("127.0.0.1", portal.port)) as connection:
        connection.sendall(head.encode())
        time.sleep(0.5)  # so that the body is on its way
    time.sleep(1)

    found = portal.query(f"SELECT count(*) FROM choices_choice WHERE customer_id = '{customer['id']}'")
    assert found == [(0,)]
