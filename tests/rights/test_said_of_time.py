"""A page says of a day that is over that it is over, and of a request that was taken back that it has no answer."""

import re
from datetime import timedelta

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling, requester_actions
from tests.rights.customer_pages import freshly
from tests.world.cast import signed_in
from tests.world.rights_requests import answer, by_staff, file


def read_text(client, path: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", client.get(path).content.decode()))


def test_a_day_that_is_over_is_no_promise(real_world, later):
    """Neither in the list, nor on the page of the request, nor where it is confirmed."""
    filed = file(real_world.ada)
    paths = ("/rights/", f"/rights/requests/{filed.number}/", f"/rights/requests/{filed.number}/sent/")
    ada = signed_in(real_world.ada.user)
    assert all("We’ll answer by" in read_text(ada, path) for path in paths)
    later(timedelta(days=60))
    ada = signed_in(real_world.ada.user)

    pages = [read_text(ada, path) for path in paths]

    assert all("We had to answer by" in page and "We’ll answer by" not in page for page in pages)
    assert "complain" in pages[1] and "look at this again" not in pages[1], "there is no answer yet to look at again"


def test_a_review_that_is_late_says_so_and_where_to_complain(real_world, later):
    filed = file(real_world.ada)
    answer(real_world, filed, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED, "GDPR Art 15"))
    mine = {"rights_request": filed.pk, "customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    requester_actions.appeal_answer(why="It is wrong.", **mine)
    path = f"/rights/requests/{filed.number}/"
    assert "A different officer will do so and answer by" in read_text(signed_in(real_world.ada.user), path)
    later(timedelta(days=120))

    page = read_text(signed_in(real_world.ada.user), path)

    assert "A different officer had to answer by" in page and "We are late." in page
    assert "will do so and answer by" not in page and "complain" in page


def test_what_was_taken_back_was_not_answered(world):
    filed = file(world.ada)
    mine = {"rights_request": filed.pk, "customer": world.ada.customer.pk, "by": world.ada.actor}
    requester_actions.withdraw_request(**mine)
    ada, path = freshly(world.ada), f"/rights/requests/{filed.number}/"

    page = read_text(ada, path)

    assert "Our answer" not in page and "We had to answer by" not in page and " Answered " not in page
    assert " Result " in page and " Ended " in page
    assert "It was withdrawn already." in read_text(ada, f"{path}take-back/")
    response = ada.get(f"{path}sent/")
    assert response.status_code == 302 and response.url == path


def test_systems_searched_one_after_the_other_are_one_line(world):
    filed = file(world.ada, Type.ACCESS)
    for system in ("vault", "shop", "customer care"):
        on = {"rights_request": filed.pk, "officer": world.pia, "by": by_staff(world.pia)}
        handling.record_search(system=system, found=True, **on)

    page = read_text(signed_in(world.ada.user), f"/rights/requests/{filed.number}/")

    assert page.count("We searched 3 systems for your data") == 1 and "We searched a system" not in page
