"""Customers get a confirmation of their own yes, no and stop, which says who did it and names no data."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail

from consents.access.services.ending import stop_access
from consents.choices.services import answering, withdrawing
from consents.choices.services.emails import ALL_WITHDRAWN
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.email_texts import render_email_text
from consents.notifications.models import Message
from consents.notifications.services.queueing import MOST_IN_AN_HOUR, confirm_act
from consents.people.services.customer_records import choose_language
from tests.world.cast import answer, ask


def confirmations() -> list[str]:
    mail.outbox.clear()
    for message in Message.objects.filter(kind="act_confirmed").order_by("queued_at"):
        deliver_message(message=message.pk)
    return [written.body for written in mail.outbox]


@pytest.mark.parametrize(
    ("decision", "words"), [("all", "was allowed."), ("none", "was denied. It gives them no access.")]
)
def test_an_answer_is_confirmed_once(world, decision, words):
    answer(world, ask(world), decision)

    (text,) = confirmations()
    assert words in text and "Billing Support" in text and "your own sign-in" in text


def test_a_stop_is_confirmed_once(world):
    request = answer(world, ask(world))
    for _ in range(2):
        stop_access(access_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)

    assert [("was stopped" in text) for text in confirmations()] == [False, True]


def test_a_consent_and_its_withdrawal_are_confirmed_once_each(world):
    about = {"customer": world.ada.customer.pk, "purpose": "support", "by": world.ada.actor}
    for _ in range(2):
        answering.give_consent(**about, version=world.version.pk)
    for _ in range(2):
        withdrawing.withdraw_consent(**about)

    given, withdrawn = confirmations()
    assert "consent to us was given" in given and "consent to us was withdrawn" in withdrawn


def test_it_comes_in_the_customer_s_language(world):
    choose_language(customer=world.ada.customer.pk, language="de", by=world.ada.actor)
    answer(world, ask(world), "none")

    assert "wurde abgelehnt" in confirmations()[0]


@pytest.mark.parametrize(
    ("kind", "words"), [("representative", "Someone who may act for you"), ("staff", "A member of our staff typed")]
)
def test_it_says_who_did_it(world, kind, words):
    confirm_act(customer=world.ada.customer.pk, act=ALL_WITHDRAWN, key="k", actor=Actor(kind))

    assert words in confirmations()[0]


def test_what_the_portal_does_by_itself_is_no_act_of_theirs(world):
    confirm_act(customer=world.ada.customer.pk, act=ALL_WITHDRAWN, key="k", actor=PORTAL)

    assert confirmations() == []


def test_many_changes_of_an_hour_become_one_email_and_no_act_of_staff_drowns_among_them(world, later):
    def change(times: int, kind: str = "customer", **more) -> None:
        for _ in range(times):
            about = {"customer": world.ada.customer.pk, "act": ALL_WITHDRAWN, "key": str(uuid4())}
            confirm_act(**about, actor=Actor(kind, str(world.ada.user.pk)), **more)

    change(40)
    texts = confirmations()
    assert len(texts) == MOST_IN_AN_HOUR + 1 and ["Many changes" in text for text in texts].count(True) == 1

    change(1, "staff")
    change(1, is_collected=False)
    assert ["Many changes" in text for text in confirmations()] == [False, False]

    later(timedelta(hours=2))
    change(1)
    assert "Many changes" not in confirmations()[-1]


# What one of several who share an account did, and an email tells all of them.
ACTS = re.compile(r"\b(you|You) (asked|reported|withdrew|objected)\b")
# One's own, or all of them's: their request with its answer, a code for one person, who is told of their own emails.
OF_ONE = {"rights_request_answered", "rights_request_collected", "staff_place_changed", "work_began"}


def test_no_email_to_all_who_share_an_account_says_that_its_reader_did_what_one_of_them_did(subtests):
    for path in sorted((settings.BASE_DIR / "templates" / "email").glob("*_message.txt")):
        kind, written = path.name.removesuffix("_message.txt"), path.read_text()
        if ACTS.search(written) and kind not in OF_ONE:
            with subtests.test(kind=kind):
                text = render_email_text(f"email/{kind}", {"is_shared": "yes"}).text
                assert "someone who shares your account" in text and not ACTS.search(text)
