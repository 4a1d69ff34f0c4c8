"""Giving and withdrawing consent for a purpose, in the clicks of the budget."""

import html
import re

import pytest
from django.urls import reverse

from consents.access.services import ending
from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.services import answering, withdrawing
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.disclosures.services import disclose_own_copy
from consents.ledger.models import Entry
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, make_next_version, signed_in
from tests.world.holders import share_account


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


def url(act: str) -> str:
    return reverse(f"choices:{act}", args=["offers"])


def may(world):
    return decide_use(customer=world.ada.customer.id, category="contact", purpose="offers")


def test_no_answer_is_a_no(world, offers):
    assert may(world).why == DecisionCode.NO_CONSENT


def test_giving_takes_two_clicks_and_withdrawing_two(world, offers, ada):
    ada.post(url("give"), {"answer": "given", "version": offers.pk})
    assert may(world).allowed

    ada.post(url("withdraw"))
    assert not may(world).allowed
    events = Entry.objects.filter(object_type="choice").order_by("id").values_list("event", flat=True)
    assert list(events) == ["consent.given", "consent.withdrawn"]


def test_not_agreeing_is_on_record(world, offers, ada):
    ada.post(url("give"), {"answer": "refused", "version": offers.pk})

    assert Choice.objects.get().status == "ConsentRefused"


def test_repeating_an_act_leaves_one_entry(world, offers, ada):
    for _ in range(2):
        ada.post(url("give"), {"answer": "given", "version": offers.pk})

    assert Entry.objects.filter(event="consent.given").count() == 1


def test_a_text_replaced_while_the_page_was_open_is_not_agreed_to(world, offers, ada):
    make_next_version(offers.purpose, world.pia.user)

    response = ada.post(url("give"), {"answer": "given", "version": offers.pk})

    assert response.status_code == 409
    assert "text of this choice changed" in response.content.decode()
    assert not Choice.objects.exists()


def test_a_material_version_stops_old_consent_at_read(world, offers):
    answering.give_consent(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)
    make_next_version(offers.purpose, world.pia.user)

    assert may(world).why == DecisionCode.OUTDATED_TEXT


@pytest.mark.parametrize("values", [{}, {"answer": "given"}, {"answer": "given", "version": "x"}, {"answer": "maybe"}])
def test_bad_input_gets_a_sentence(world, offers, ada, values):
    assert ada.post(url("give"), values).status_code == 422
    assert not Choice.objects.exists()


@pytest.mark.parametrize("act", ["give", "withdraw", "saved"])
def test_an_unknown_purpose_is_not_there(world, ada, act):
    assert ada.get(reverse(f"choices:{act}", args=["nothing"])).status_code == 404


def test_the_page_asks_a_bounded_number_of_queries(world, offers, ada, django_assert_max_num_queries):
    with django_assert_max_num_queries(17):
        page = ada.get(reverse("choices:list")).content.decode()
    assert "Send you offers" in page


def test_consent_is_for_the_purpose_of_the_page(world, offers, ada):
    response = ada.post(url("give"), {"answer": "given", "version": world.version.pk})

    assert response.status_code == 409
    assert not Choice.objects.exists()


def test_a_replaced_text_is_asked_anew(world, offers, ada):
    answering.give_consent(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)
    newer = make_next_version(offers.purpose, world.pia.user)

    page = ada.get(reverse("choices:list"))
    assert page.context["agreed"] == []
    assert "please answer again" in page.content.decode()

    ada.post(url("give"), {"answer": "given", "version": newer.pk})
    assert may(world).allowed


def test_a_yes_covers_no_other_kind_of_data_than_its_purpose_names(world, offers):
    answering.give_consent(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)

    decision = decide_use(customer=world.ada.customer.id, category="orders", purpose="offers")

    assert (decision.allowed, decision.why) == (False, DecisionCode.NOT_IN_PURPOSE)


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
