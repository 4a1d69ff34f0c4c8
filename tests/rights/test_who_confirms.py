"""Only whoever asked confirms a request that was made here, whoever else acts for the customer."""

import html
import re

import pytest

from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Role
from consents.rights.models import RightsRequest
from consents.rights.recipients import UNCONFIRMED, awaits_confirmation
from consents.rights.refusals import AlreadyAsked, NotTheRequester
from consents.rights.rules import Appealed, Format, Outcome, Reply
from consents.rights.services import answering, handling, requester_actions
from tests.rights.in_sql import insert, refused
from tests.world.cast import make_staff, signed_in
from tests.world.holders import share_account
from tests.world.proofs import prove
from tests.world.rights_requests import answer, by_staff, file, search, type_in
from tests.world.scene_fixtures import scene

NOT_HERE = Reply(Outcome.NO_DATA, Format.EMAIL)


def confirm(who, request) -> RightsRequest:
    return handling.confirm_own_identity(rights_request=request.pk, customer=request.customer_id, by=who.actor)


@scene
def mia(world):
    return share_account(world)


@pytest.fixture
def asked(mia):
    """Mia, who shares the account, asks and has yet to confirm it."""
    return file(mia, Type.RESTRICTION, is_fresh=False)


def read_page(who, path: str) -> str:
    answered = signed_in(who.user).get(path, follow=True)
    assert answered.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answered.content.decode()))


def test_another_holder_cannot_confirm_it(world, mia, asked):
    with pytest.raises(NotTheRequester):
        confirm(world.ada, asked)

    assert confirm(mia, asked).verified_at


def test_nor_past_the_services(real_world):
    asked = file(share_account(real_world), Type.RESTRICTION, is_fresh=False)
    checked = insert("identitycheck", level="'session_reauth'")
    told = {"event": "identity_confirmed", "outcome": "session_reauth"}
    refused("rights_identitycheck_on_record", asked, checked, by=real_world.ada.actor, **told)


def test_after_an_appeal_it_is_whoever_appealed(world, mia):
    first = file(world.ada)
    search(world, first)
    answer(world, first, NOT_HERE, officer=world.otto)
    requester_actions.appeal_answer(rights_request=first.pk, customer=first.customer_id, why="", by=mia.actor)
    apart = make_staff("rex@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rex")
    following = answering.decide_appeal(
        rights_request=first.pk, outcome=Appealed.REVERSED, text="", officer=apart, by=by_staff(apart)
    )

    with pytest.raises(NotTheRequester):
        confirm(world.ada, following)
    assert confirm(mia, following).verified_at
    for who in (world.ada, mia):
        assert "It begins again after the review" in read_page(who, f"/rights/requests/{following.number}/")


def test_each_reads_whose_confirmation_it_waits_for(world, mia, asked):
    path = f"/rights/requests/{asked.number}/"
    for at, own, others in (
        (path, "Please confirm that it was you who asked", "Joint account holder mi•••@example.com must confirm this"),
        ("/", "before you have confirmed that it was you who asked", "before the person who asked has confirmed it"),
        ("/rights/", "Waiting for your confirmation", "Waiting to be confirmed"),
        (f"{path}sent/", "We cannot start before you have confirmed", "must confirm this"),
    ):
        hers, his = read_page(mia, at), read_page(world.ada, at)
        assert own in hers and others not in hers
        assert others in his and own not in his and "Confirm my request" not in his
    browser = signed_in(world.ada.user)
    prove(browser)
    assert browser.post(f"{path}confirm/", {"yes": "1"}).status_code == 403
    assert not Entry.objects.filter(event="rights_request.identity_confirmed").exists()


def test_the_email_asks_whoever_asked(world, mia, asked, mailoutbox):
    for message in Message.objects.filter(kind="rights_request_filed"):
        deliver_message(message=message.pk)
    assert {mail.to[0] for mail in mailoutbox} == {"ada@example.com", "mia@example.com"}
    for mail in mailoutbox:
        assert "waits to be confirmed" in mail.subject and "whoever asked must sign in" in mail.body
        assert "it was you who asked" not in mail.body and "from you or someone who shares your account" in mail.body


def test_what_staff_recorded_is_told_as_the_word_of_any_holder(world, mia, mailoutbox):
    type_in(world, Type.WITHDRAWAL)
    for message in Message.objects.filter(kind="rights_request_typed_in"):
        deliver_message(message=message.pk)

    assert len(mailoutbox) == 2
    assert all("you or someone who shares your account told us" in " ".join(mail.body.split()) for mail in mailoutbox)


def test_the_same_right_again_names_nobody_who_asked(world, asked):
    with pytest.raises(AlreadyAsked, match="This was asked for on"):
        file(world.ada, Type.RESTRICTION)


def test_one_rule_says_what_waits_to_be_confirmed(world, mia, asked):
    known, typed, free = file(world.ada), type_in(world, Type.ERASURE), file(world.ben, Type.WITHDRAWAL)
    unconfirmed = set(RightsRequest.objects.filter(UNCONFIRMED))

    assert unconfirmed == {asked}
    assert [awaits_confirmation(one) for one in (asked, known, typed, free)] == [True, False, False, False]
