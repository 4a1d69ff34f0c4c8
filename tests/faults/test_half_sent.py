"""Forms of which only half arrives, held open from one address, do not close the portal for anybody else.

With the proxy that is deployed they never reach the portal; without one they cost others some time.
"""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from select import select
from threading import Event
from uuid import uuid4

import pytest

from tests.faults.nginx import run_nginx
from tests.faults.playing import Answer, Browser
from tests.waiting import PATIENCE, wait_until

HALF_SENT, FLOOD = 60, 30
STRANGERS = (f"127.0.0.{number}" for number in range(2, 255))
KEPT = 2  # of one address, for ten seconds (portal.admission)
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n\r\nlogin="
)


@pytest.fixture(params=["the portal alone", "nginx"])
def front(request, portal) -> Iterator[int]:
    """The port at which a browser asks."""
    if request.param == "nginx":
        with run_nginx([portal.port]) as nginx:
            yield nginx.port
    else:
        yield portal.port


def send_half(port: int, path: str, more: str = "Content-Length: 1000", *, address: str = "") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(address, 0))
    connection.sendall(HEAD.format(path=path, more=more).encode())
    return connection


def ask_amid_half_sent(port: int, ask: Callable[[], Answer]) -> Answer:
    """What is answered while all that are kept are held open: asked again, with forms from another address, where a
    busy machine has given some up by then."""
    while True:
        with ExitStack() as stack:
            address = next(STRANGERS)
            held = [stack.enter_context(send_half(port, "/accounts/login/", address=address)) for _ in range(HALF_SENT)]
            answer = ask()
            answered, _, _ = select(held, [], [], 0)
            if len(held) - len(answered) >= KEPT:
                return answer


def test_a_customer_keeps_withdrawing_amid_half_sent_forms(portal, front, customers):
    them = Browser(front, next(customers)["session"])
    page = f"/choices/{portal.stage['purpose']}"
    assert them.insist("/").status == 200

    for _ in range(3):
        given = {"answer": "given", "version": portal.stage["version"], "token": str(uuid4())}
        withdrawn = {"token": str(uuid4())}
        asks = [
            lambda given=given: them.ask(f"{page}/give/", given),
            lambda withdrawn=withdrawn: them.ask(f"{page}/withdraw/", withdrawn),
            lambda: Browser(front, "a=stranger").ask("/help/"),
        ]
        assert [ask_amid_half_sent(front, ask).status for ask in asks] == [302, 302, 200]


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


def test_a_customer_withdraws_amid_a_flood_of_strangers(portal, customers):
    them, page = Browser(portal.port, next(customers)["session"]), f"/choices/{portal.stage['purpose']}"
    given = {"answer": "given", "version": portal.stage["version"], "token": str(uuid4())}
    assert them.insist(f"{page}/give/", given).status == 302
    over = Event()

    def flood() -> set[int]:
        statuses = set()
        while not over.is_set():
            statuses.add(Browser(portal.port, "a=stranger").ask("/accounts/login/").status)
        return statuses

    with ThreadPoolExecutor(FLOOD) as pool:
        flooding = [pool.submit(flood) for _ in range(FLOOD)]
        try:
            wait_until(lambda: Browser(portal.port, "a=stranger").ask("/help/").status == 503, "a full house")
            withdrawn = them.ask(f"{page}/withdraw/", {"token": str(uuid4())})
        finally:
            over.set()

    assert withdrawn.status == 302
    assert {status for one in flooding for status in one.result()} == {200, 503}
