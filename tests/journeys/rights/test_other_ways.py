"""Rights that come in another way than from a customer who is signed in, each to its end and into the register: by
telephone and post, by the public form, through an agent, from somebody unknown, from a father for his child."""

from datetime import date, timedelta

import pytest

from consents.core.clock import now
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ops.demo import customers
from consents.ops.demo.customers import Account
from consents.rights.models import RightsRequest
from tests.journeys.browsing import post_is_delivered
from tests.journeys.rights import register, seeing
from tests.journeys.rights.asking import PHONE, ask, choose, send
from tests.journeys.rights.handling import Officer
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit


def days_ago(count: int) -> date:
    return now().date() - timedelta(days=count)


def why(asked: RightsRequest) -> DecisionCode:
    return decide_use(customer=asked.customer_id, category="orders", purpose="keep-invoices").why


@pytest.mark.usefixtures("dana_alone")
def test_a_call_and_a_letter_that_staff_typed_in(begin_scriptless):
    begin, new = begin_scriptless, {"wrong": "Phone", "right": PHONE}
    sam = Officer(begin(customers.SAM))
    call = sam.type_in(customers.LUCIA.reference, Type.RESTRICTION, "Telephone", days_ago(0))
    letter = sam.type_in(customers.DANA.reference, Type.CORRECTION, "Post", days_ago(10), **new)
    assert why(call) == DecisionCode.OTHER_BASIS  # nobody knows yet that it was she who called

    pia = Officer(begin(customers.PIA))
    pia.open(call)
    pia.confirm_identity("Customer number", "Telephone number on file")
    assert why(call) == DecisionCode.RESTRICTED
    pia.extend()
    pia.answer(by="By word of mouth")
    pia.tell()
    pia.open(letter)
    pia.confirm_identity("Customer number", "Postal address on file")
    pia.accept_value()
    pia.answer(by="By post")
    pia.tell()
    seeing.see(begin(customers.LUCIA), call)
    seeing.see(begin(customers.DANA), letter)

    rows = register.export(begin(customers.OTTO), days=10)
    said = {"regime": "gdpr", "channel": "phone", "verification_level": "reasonable", "response_format": "oral"}
    register.check(rows[call.number], call, register.OF_TYPE[Type.RESTRICTION] | register.EXTENDED, **said)
    said = {"regime": "ccpa", "channel": "post", "response_format": "post", "days_to_response": "10"}
    register.check(rows[letter.number], letter, register.OF_TYPE[Type.CORRECTION], **said)


def ask_as_stranger(one: AnyVisit, where: str, type: Type) -> None:
    one.go("/rights/")
    one.choose("Where do you live?", where)
    one.press("Show my rights")
    choose(one, type)


def say_who(one: AnyVisit, account: Account) -> None:
    one.fill("Your name", account.name)
    one.fill("Email address", account.email)
    one.fill("Customer number", account.reference)
    one.press("Continue")


def delete_without_an_account(rosa: AnyVisit) -> RightsRequest:
    ask_as_stranger(rosa, "GB", Type.ERASURE)
    rosa.tick("All of my data")
    rosa.press("Continue")
    rosa.press("Continue")  # nothing more to say
    say_who(rosa, customers.ROSA)
    rosa.tick("I ask for myself")
    rosa.press("Continue")
    send(rosa)
    return RightsRequest.objects.latest("filed_at")


def opt_out_for_somebody(agent: AnyVisit) -> RightsRequest:
    ask_as_stranger(agent, "US-CA", Type.OPT_OUT)
    say_who(agent, customers.DANA)
    agent.tick("I am an authorised agent")
    agent.fill("the document that shows you may", "signed permission of 3 May 2026")
    agent.press("Continue")
    send(agent)
    return RightsRequest.objects.latest("filed_at")


@pytest.mark.usefixtures("demo_company")
def test_a_right_is_asked_for_without_an_account_and_matched_to_a_customer(begin_scriptless):
    """Rosa, an agent for Dana, and Eoin Walsh, who wrote yesterday and is in no record."""
    begin, pia = begin_scriptless, Officer(begin_scriptless(customers.PIA))
    delete = delete_without_an_account(ScriptlessVisit())
    opt_out = opt_out_for_somebody(ScriptlessVisit())
    unknown = RightsRequest.objects.get(customer=None, regime="gdpr")

    pia.open(delete)
    pia.confirm_identity("Customer number", "Email address on file", who=customers.ROSA.reference)
    pia.search()
    pia.tell()
    pia.propose_erasure()
    pia.open(opt_out)
    pia.say_whose_it_is(customers.DANA.reference)
    pia.tell("Outdoor Ads Network")
    pia.open(unknown)
    pia.fail_identity()
    pia.refuse(Reason.UNVERIFIED)
    Officer(begin(customers.NILS)).erase()
    refusal, farewell = post_is_delivered()[-2:]
    assert (farewell.to, "has been erased" in farewell.body) == ([customers.ROSA.email], True)
    assert "GDPR Art\xa012(2)" in refusal.body

    rows = register.export(begin(customers.OTTO), days=2)
    for request in (delete, opt_out, unknown):
        request.refresh_from_db()
    said = {"regime": "uk_gdpr", "channel": "webform", "response_format": "email", "verification_level": "reasonable"}
    register.check(rows[delete.number], delete, register.OF_TYPE[Type.ERASURE], **said)
    said = {"regime": "ccpa", "submitted_by": "authorized_agent", "verification_level": "not_required"}
    register.check(rows[opt_out.number], opt_out, register.OF_TYPE[Type.OPT_OUT] | register.HANDLED, **said)
    said = {"status": "denied", "response_format": "email", "verification_level": "failed"}
    fields = register.HANDLED | register.REFUSED
    register.check(rows[unknown.number], unknown, fields, empty=["subject_ref"], **said)


@pytest.mark.usefixtures("demo_company")
def test_a_father_gets_a_copy_for_his_child(begin_scriptless):
    theo = begin_scriptless(customers.THEO)
    theo.go("/")
    theo.follow("Act for someone else")
    theo.press("Act for Nora")
    asked = ask(theo, Type.ACCESS)

    pia = Officer(begin_scriptless(customers.PIA))
    pia.open(asked)
    pia.search()
    pia.answer()
    seeing.let_sign_in_grow_old(theo)
    seeing.open_page(theo, asked)
    assert customers.NORA.name in str(seeing.collected(theo, asked)["data"])

    said = {"regime": "uk_gdpr", "submitted_by": "guardian", "verification_level": "session_reauth"}
    row = register.export(begin_scriptless(customers.OTTO))[asked.number]
    register.check(row, asked, register.OF_TYPE[Type.ACCESS], **said)
