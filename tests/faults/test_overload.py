"""More than can be served in time: some are turned away at once, with a word when to come back; nobody is let in."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.test import Client
from django.urls import reverse

from consents.access.models import Answer
from consents.core import roles
from consents.core.embedded import cluster
from consents.core.refusals import Refusal
from consents.exports import services as exports
from portal.room import Room
from tests.access.test_answering_pages import form_of
from tests.cast import ask, make_user, signed_in
from tests.exports import scene
from tests.faults.playing import Browser

CROWD = 60
HELD_SECONDS = 3.0


def test_a_full_room_lets_wait_and_then_turns_away_at_once():
    room, entered = Room(1, patience=0.05), threading.Event()
    assert room.enter()

    assert not room.enter() and room.is_jammed
    room.patience = 60  # nobody waits any more: this would be noticed
    assert not room.enter()
    room.leave()

    assert not room.is_jammed and room.enter()
    waiting = threading.Thread(target=lambda: room.enter() and entered.set())
    waiting.start()
    room.leave()
    assert entered.wait(5)
    waiting.join()


def test_who_is_turned_away_reads_when_to_come_back_and_nothing_else(world, monkeypatch):
    ada, request = signed_in(world.ada.user), ask(world)
    form = form_of(ada, request) | {"decision": "all", "confirm": "1"}
    with monkeypatch.context() as patch:
        patch.setattr(Room, "enter", lambda self: False)
        response = ada.post(reverse("access:answer", args=[request.pk]), form)
        assert ada.get("/healthz").status_code == 200

    assert response.status_code == 503 and response["Retry-After"] == "5"
    assert "no-store" in response["Cache-Control"] and "Sam" not in response.text
    assert not Answer.objects.exists()


def test_codes_cannot_be_guessed_by_trying(world):
    client = signed_in(make_user("new@example.com"))

    tries = [client.post(reverse("people:claim"), {"code": "BCDF-GHJK-MNPQ"}) for _ in range(6)]

    assert [one.status_code for one in tries] == [422] * 5 + [429]
    assert int(tries[-1]["Retry-After"]) >= 300 and "Too many tries" in tries[-1].text
    assert client.get(reverse("people:claim")).status_code == 200


def test_a_password_cannot_be_guessed_by_trying(world):
    form = {"login": "ada@example.com", "password": "wrong horse battery staple"}

    texts = [Client().post(reverse("account_login"), form).text for _ in range(6)]

    assert "Too many" not in texts[0] and "Too many" in texts[-1]


def test_exports_leave_room_for_others(world):
    taken = [scene.deliver(world, scene.make(world)) for _ in range(exports.AT_ONCE)]

    with pytest.raises(exports.TooManyExports) as refused:
        scene.deliver(world, scene.make(world))
    assert isinstance(refused.value, Refusal) and refused.value.status == 503
    taken.pop()  # not even begun

    another = scene.deliver(world, scene.make(world))
    del another, taken
    assert exports.PLACES.acquire(blocking=False)
    exports.PLACES.release()


def test_a_crowd_before_a_stuck_database_is_answered_in_time(portal, customers):
    visitor = Browser(portal.port, next(customers)["session"])
    assert visitor.insist("/").status == 200
    server = cluster.running(portal.folders, seconds=30)
    assert server

    with psycopg.connect(server.dsn(roles.OWNER, "portal")) as owner, ThreadPoolExecutor(CROWD) as pool:
        owner.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        asked = [pool.submit(timed, visitor, "/") for _ in range(CROWD)]
        alive = Browser(portal.port, "a=probe").ask("/healthz")
        threading.Event().wait(HELD_SECONDS)  # what the database does to us, not what we wait for
        owner.rollback()
        answers = [one.result() for one in asked]

    turned_away = [seconds for status, seconds in answers if status == 503]
    assert {status for status, _seconds in answers} <= {200, 503}
    assert len(turned_away) > CROWD / 2
    assert max(seconds for _status, seconds in answers) < HELD_SECONDS + 10
    assert alive.status == 200
    assert visitor.ask("/").status == 200
    print(f"{len(turned_away)} of {CROWD} turned away, the last after {max(turned_away):.1f} s")


def timed(visitor: Browser, path: str) -> tuple[int, float]:
    begun = time.monotonic()
    return visitor.ask(path).status, time.monotonic() - begun
