"""The database no longer lets anybody in: "not now", and everything is back by itself once it does."""

from consents.core import roles
from tests.faults.own_portal import OwnPortal
from tests.faults.playing import Browser, Journey
from tests.waiting import LONG_PAUSE, wait_until


def close_the_door(portal: OwnPortal) -> None:
    portal.as_superuser(f"ALTER ROLE {roles.APP} CONNECTION LIMIT 0")
    portal.as_superuser(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{roles.APP}'")


def open_the_door(portal: OwnPortal) -> None:
    portal.as_superuser(f"ALTER ROLE {roles.APP} CONNECTION LIMIT -1")


def test_the_portal_answers_503_without_connections_and_recovers(portal, customers):
    customer = next(customers)
    them = Browser(portal.port, customer["session"])
    try:
        close_the_door(portal)
        answers = [them.ask(path) for path in ("/", "/choices/", "/readyz")]
        alive = Browser(portal.port, "a=probe").ask("/healthz")
    finally:
        open_the_door(portal)

    assert [answer.status for answer in answers] == [503, 503, 503] and alive.status == 200
    assert "too many" not in answers[0].text
    Journey(portal.port, portal.stage, customer, lambda _act, call: call()).play()
    wait_until(lambda: portal.victim("the worker"), "the worker", LONG_PAUSE)
    portal.take_over_abandoned()
    portal.all_mail_is_sent()
