"""What a customer finds of each right: at once in what may be done with their data, and in the end on their page."""

import json
from collections.abc import Callable
from typing import Any

from consents.accounts.sessions import SessionStore
from consents.copies.services import packages
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.law.kinds import Type
from consents.rights.models import RightsRequest
from tests.journeys.browsing import post_is_delivered
from tests.journeys.rights.asking import PHONE
from tests.journeys.scriptless import AnyVisit
from tests.world.proofs import PROOF_PAGE

STAFF = "@harbourandpine.example"  # who is written to about the end of what they asked
DONE_AT_ONCE = {Type.WITHDRAWAL, Type.OPT_IN, Type.OPT_OUT, Type.LIMIT}
# Of rights that act when they are asked for: a use, and why it may be or not be from then on.
AT_ONCE: dict[Type, tuple[str, str, DecisionCode]] = {
    Type.WITHDRAWAL: ("contact", "", DecisionCode.NO_CONSENT),
    Type.OBJECTION: ("orders", "stop-misuse", DecisionCode.OBJECTED),
    Type.RESTRICTION: ("orders", "keep-invoices", DecisionCode.RESTRICTED),
    Type.OPT_IN: ("orders", "share-for-ads", DecisionCode.CONSENTED),
    Type.OPT_OUT: ("orders", "share-for-ads", DecisionCode.NO_CONSENT),
    Type.LIMIT: ("care", "remember-fit", DecisionCode.LIMITED),
}


def check_at_once(asked: RightsRequest) -> None:
    """What needs nobody's leave is answered; and the evaluator says so already."""
    assert asked.is_answered == (asked.request_type in DONE_AT_ONCE)
    if asked.request_type in AT_ONCE:
        category, purpose, why = AT_ONCE[Type(asked.request_type)]
        decision = decide_use(customer=asked.customer_id, category=category, purpose=purpose or asked.scope[0])
        assert decision.why == why, asked.request_type


def open_page(one: AnyVisit, asked: RightsRequest) -> None:
    one.go(f"/rights/requests/{asked.number}/")
    one.see("Our answer")


def see(one: AnyVisit, asked: RightsRequest) -> None:
    open_page(one, asked)
    one.see("We did what you asked.")
    SEES[Type(asked.request_type)](one, asked)


def see_why_not(one: AnyVisit, asked: RightsRequest, *more: str) -> None:
    open_page(one, asked)
    for words in ("We did not do what you asked.", "We looked at it twice.", "Information Commissioner", *more):
        one.see(words)


def ask_again(one: AnyVisit) -> None:
    one.follow("Ask for a review")
    one.press("Send")
    one.see("Being looked at again")


def see_that_it_is_gone(one: AnyVisit, asked: RightsRequest) -> None:
    """Their account closed with it; their last mail tells them."""
    one.go("/rights/")
    one.see("you don’t need an account")
    theirs = [mail.body for mail in post_is_delivered() if not mail.to[0].endswith(STAFF)]
    assert "has been erased" in theirs[-1]
    decision = decide_use(customer=asked.customer_id, category="orders", purpose="keep-invoices")
    assert decision.why == DecisionCode.ERASED


def the_words(one: AnyVisit, asked: RightsRequest) -> None:
    one.see("It is as you asked.")


def no_more(one: AnyVisit, asked: RightsRequest) -> None:
    """It is done."""


def the_new_value(one: AnyVisit, asked: RightsRequest) -> None:
    one.see("Corrected as you proposed")
    one.see("Told on")


def who_was_told(one: AnyVisit, asked: RightsRequest) -> None:
    """Of the correction, the pause and the deletion that they asked for besides."""
    assert one.count("Swiftway Parcels", near="told") == 3


def the_copy(one: AnyVisit, asked: RightsRequest) -> None:
    """With what was corrected before."""
    assert (PHONE in str(collected(one, asked))) == (asked.request_type != Type.KNOW_CATEGORIES)


def collected(one: AnyVisit, asked: RightsRequest) -> dict[str, Any]:
    """The job has made it; it is theirs after a fresh sign-in, to read and for other programs."""
    packages.make_package(rights_request=asked.pk)
    one.go(one.path)
    one.follow("Download my data")
    if PROOF_PAGE in one.path:
        one.prove()
    assert asked.number in one.download("Download it to read")
    told: dict[str, Any] = json.loads(one.download("Download it for another program (JSON)"))
    assert told["request"] == asked.number
    return told


def let_sign_in_grow_old(one: AnyVisit) -> None:
    """As if they had been signed in for an hour."""
    session = SessionStore.from_token(one.get_session_token())
    for way in session["account_authentication_methods"]:
        way["at"] -= 3600
    session.save()


SEES: dict[Type, Callable[[AnyVisit, RightsRequest], None]] = {
    Type.ACCESS: the_copy,
    Type.RECTIFICATION: the_new_value,
    Type.RESTRICTION: the_words,
    Type.RECIPIENTS: who_was_told,
    Type.PORTABILITY: the_copy,
    Type.OBJECTION: the_words,
    Type.AUTOMATED: the_words,
    Type.WITHDRAWAL: no_more,
    Type.KNOW_CATEGORIES: the_copy,
    Type.KNOW_SPECIFIC: the_copy,
    Type.CORRECTION: the_new_value,
    Type.OPT_OUT: no_more,
    Type.OPT_IN: no_more,
    Type.LIMIT: no_more,
    Type.ADMT_ACCESS: the_words,
    Type.ADMT_OPT_OUT: the_words,
    Type.ADMT_APPEAL: the_words,
}
