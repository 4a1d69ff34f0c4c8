"""Where several act for a customer, no page says “you” of what another of them did."""

import html
import re

import pytest

from consents.access.services import ending
from consents.choices.rules import ActContext
from consents.choices.services import answering, withdrawing
from consents.disclosures.services import disclose_own_copy
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in
from tests.world.holders import share_account


@pytest.fixture
def mia(real_world):
    return share_account(real_world, yes_of="any")


def read_page(who, path: str) -> str:
    return html.unescape(signed_in(who.user).get(path).content.decode())


def says(world, who, request, decision: str = "all", *categories):
    as_if = type(world)(**vars(world) | {"ada": who})
    return answer(as_if, request, decision, *categories)


def test_receipts_name_who_else_decided(real_world, offers, mia):
    ada, how = real_world.ada, ActContext(capacity=mia.acting.capacity)
    terms = {"customer": ada.customer.id, "purpose": "offers", "by": mia.actor, "how": how}
    answering.give_consent(version=offers.pk, **terms)
    withdrawing.withdraw_consent(**terms)
    request = says(real_world, mia, ask(real_world, "orders", "contact"), "part", "orders")
    ending.stop_access(access_request=request.pk, customer=ada.customer.id, by=mia.actor)
    says(real_world, mia, ask(real_world, "health", sensitive_reason="It stands only there."), "none")

    own, others = read_page(mia, "/receipts/"), read_page(ada, "/receipts/")

    did = ("agreed", "withdrew consent", "allowed part of a request", "stopped access", "did not allow a request")
    for what in did:
        assert f"You {what}" in own
        assert f"You {what}" not in others.replace('">You agreed</option>', "")
        assert f"mi•••@example.com {what}" in others


def test_the_receipt_itself_and_its_document_name_them_too(real_world, mia):
    says(real_world, mia, ask(real_world, "orders"))
    listed = read_page(real_world.ada, "/receipts/")
    path = re.search(r'href="(/receipts/[0-9]+/)"', listed).group(1)

    assert "mi•••@example.com allowed a request" in read_page(real_world.ada, path)
    assert "You allowed a request" in read_page(mia, path)
    assert signed_in(real_world.ada.user).get(f"{path}receipt.pdf").status_code == 200


def test_who_looked_says_you_of_ones_own_yes_alone(real_world, mia):
    look(real_world, says(real_world, mia, ask(real_world, "orders")))

    assert "You allowed it: see the request" in read_page(mia, "/activity/")
    log = read_page(real_world.ada, "/activity/")
    assert "You allowed it" not in log and "It was allowed: see the request" in log


def test_a_copy_that_another_read_is_not_told_as_ones_own_act(real_world, mia):
    disclose_own_copy(customer=real_world.ada.customer.pk, by=mia.actor)

    log = read_page(real_world.ada, "/activity/")

    assert "No one on our staff" in log and "Own copy" in log and "Your own" not in log
    assert "Read by joint account holder mi•••@example.com." in log and "Read by you." in read_page(mia, "/activity/")
