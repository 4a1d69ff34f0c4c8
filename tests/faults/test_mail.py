"""Mail and the faults around it: nothing is lost, and what comes twice carries the same Message-ID."""

from collections.abc import Iterator

import pytest

from tests.faults.mail_server import MailServer
from tests.faults.own_portal import OwnPortal
from tests.faults.playing import Journey
from tests.waiting import LONG_PAUSE, PATIENCE, wait_until

EMAILS = 5  # asked, answered and its confirmation, ended and its confirmation


@pytest.fixture
def post(portal) -> Iterator[MailServer]:
    """The mail server, behaving again afterwards."""
    portal.take_over_abandoned()
    portal.all_mail_is_sent()
    portal.mail.mails.clear()
    yield portal.mail
    portal.mail.is_down, portal.mail.on_arrival = False, lambda: None


def play(portal: OwnPortal, customer: dict[str, str]) -> None:
    Journey(portal.port, portal.stage, customer, lambda _act, call: call()).play()


def test_without_a_mail_server_every_act_goes_on_and_the_mail_comes_later(portal, customers, post):
    post.is_down = True
    play(portal, next(customers))
    wait_until(lambda: post.refused >= 3, "three tries")

    post.is_down = False
    portal.as_owner("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at > now()")

    portal.all_mail_is_sent()
    assert len(post.mails) == len(set(post.ids())) == EMAILS


def test_a_worker_killed_between_sending_and_noting_it_sends_the_same_mail_again(portal, customers, post):
    kills: list[int] = []

    def kill_the_first() -> None:
        worker = portal.victim("the worker")
        if worker and not kills:
            kills.append(worker.pid)
            worker.kill()
            worker.wait(PATIENCE)

    post.on_arrival = kill_the_first
    play(portal, next(customers))
    wait_until(lambda: kills, "the kill")
    wait_until(lambda: portal.victim("the worker"), "another worker", LONG_PAUSE)
    portal.take_over_abandoned()

    portal.all_mail_is_sent()
    ids = post.ids()
    assert len(set(ids)) == EMAILS
    assert len(ids) == EMAILS + 1, "The one whose worker was killed came twice, under one id."
