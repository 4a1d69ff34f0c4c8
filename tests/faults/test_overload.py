"""More than can be served in time: some are turned away at once, with a word when to come back; nobody is let in."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.test import Client
from django.urls import reverse

from consents.core import roles
from consents.core.refusals import Refusal
from consents.exports.services import delivering
from consents.ops.embedded import cluster
from tests.faults.playing import Browser
from tests.waiting import PATIENCE, wait_until
from tests.world import exports as scene
from tests.world.cast import make_user, signed_in

CROWD = 60


def test_codes_cannot_be_guessed_by_trying(world):
    client = signed_in(make_user("new@example.com"))

    tries = [client.post(reverse("people:claim"), {"code": "BCDF-GHJK-MNPQ"}) for _ in range(6)]

    assert [one.status_code for one in tries] == [422] * 5 + [429]
    assert int(tries[-1]["Retry-After"]) >= 300 and "Too many attempts" in tries[-1].text
    assert client.get(reverse("people:claim")).status_code == 200


def test_a_password_cannot_be_guessed_by_trying(world):
    form = {"login": "ada@example.com", "password": "wrong horse battery staple"}

    texts = [Client().post(reverse("account_login"), form).text for _ in range(6)]

    assert "Too many" not in texts[0] and "Too many" in texts[-1]


def test_exports_leave_room_for_others(world):
    taken = [scene.deliver(world, scene.make(world)) for _ in range(delivering.MAX_WRITERS)]

    with pytest.raises(delivering.TooManyExports) as refused:
        scene.deliver(world, scene.make(world))
    assert isinstance(refused.value, Refusal) and refused.value.status == 503
    taken.pop()  # not even begun

    another = scene.deliver(world, scene.make(world))
    del another, taken
    assert delivering.WRITER_SLOTS.acquire(blocking=False)
    delivering.WRITER_SLOTS.release()


def test_a_crowd_before_a_stuck_database_is_answered_in_time(portal, customers):
    visitor = Browser(portal.port, next(customers)["session"])
    assert visitor.insist("/").status == 200
    server = cluster.find_server(portal.home)
    assert server

    with psycopg.connect(server.dsn(roles.OWNER, "portal")) as owner, ThreadPoolExecutor(CROWD) as pool:
        owner.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        asked = [pool.submit(timed, visitor, "/") for _ in range(CROWD)]
        alive = Browser(portal.port, "a=probe").ask("/healthz")
        # While nothing moves: who is answered now was not let in.
        wait_until(lambda: sum(one.done() for one in asked) > CROWD / 2, "most are turned away")
        early = [one.result() for one in asked if one.done()]
        owner.rollback()
        answers = [one.result(PATIENCE) for one in asked]

    turned_away = [seconds for status, seconds in answers if status == 503]
    assert {status for status, _seconds in early} == {503}
    assert {status for status, _seconds in answers} <= {200, 503}
    assert alive.status == 200
    assert visitor.ask("/").status == 200
    print(f"{len(turned_away)} of {CROWD} turned away, the last after {max(turned_away):.1f} s")


def timed(visitor: Browser, path: str) -> tuple[int, float]:
    begun = time.monotonic()
    return visitor.ask(path).status, time.monotonic() - begun
