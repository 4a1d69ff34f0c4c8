"""Each right of each law from the asking to the register, on the demo company's data: the customer asks and reads the
answer, officers give it, the compliance officer takes the record out. All of it to the end, in browsers without script.

In one with script, each question that a right asks is answered once, here or in the journeys named below.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from consents.core.clock import now
from consents.decisions.selectors import decide_use
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.ops.demo import customers
from consents.ops.demo.customers import Account
from consents.people.models import User
from consents.rights.fulfilment.erasure import Erasure
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from consents.rights.services.requester_actions import withdraw_request
from tests.journeys.rights import register, seeing
from tests.journeys.rights.asking import ask, in_turn
from tests.journeys.rights.handling import GRANTS, Officer
from tests.journeys.scriptless import AnyVisit

ADMT = datetime(2027, 1, 4, 10, tzinfo=UTC)  # rights about decisions by machines begin with that year


@pytest.fixture
def in_the_new_year(demo_company, later) -> None:
    later(max(ADMT - now(), timedelta(0)))


def take_all_back(who: Account) -> None:
    """What is open already: the same right is not asked for twice at once."""
    by = Actor("customer", str(User.objects.get(email=who.email).pk))
    for request in RightsRequest.objects.filter(customer__reference=who.reference, answer=None):
        withdraw_request(rights_request=request.pk, customer=request.customer_id, by=by)


def ask_for_each(one: AnyVisit, types: Iterable[Type]) -> dict[Type, RightsRequest]:
    asked = {}
    for type in in_turn(types):
        asked[type] = ask(one, type)
        seeing.check_at_once(asked[type])
    return asked


def terms(regime: Regime, type: Type) -> dict[str, str]:
    period = KINDS[regime][type].answer
    return {"regime": regime, "due_rule": period.rule, "due_unit": period.unit, "submitted_by": "self"}


def grant(begin: Callable[[Account], AnyVisit], regime: Regime, who: Account) -> None:
    take_all_back(who)
    one = begin(who)
    asked = ask_for_each(one, KINDS[regime])
    erased = next((request for type, request in asked.items() if type in ERASING), None)

    pia = Officer(begin(customers.PIA))
    pia.see_in_queue(asked.values())
    pia.open(next(request for request in asked.values() if request.is_answered))
    for type, request in asked.items():
        pia.turn_to(request)
        GRANTS[type](pia)
    seeing.let_sign_in_grow_old(one)
    for request in asked.values():
        if request != erased:
            seeing.see(one, request)
    if erased:
        Officer(begin(customers.NILS)).erase()
        seeing.see_that_it_is_gone(one, erased)

    rows = register.export(begin(customers.OTTO))
    for type, request in asked.items():
        answered = {"status": "fulfilled", "outcome": "complied_whole", "remedies_told": "false"}
        register.check(rows[request.number], request, register.OF_TYPE[type], **terms(regime, type), **answered)


def test_every_european_right_is_granted(begin_scriptless):
    grant(begin_scriptless, Regime.GDPR, customers.JONAS)


@pytest.mark.usefixtures("dana_alone", "in_the_new_year")
def test_every_californian_right_is_granted(begin_scriptless):
    grant(begin_scriptless, Regime.CCPA, customers.DANA)


# In a browser with script: asked for here, in tests/journeys/test_rights.py, and in the files beside it.
ERASING = {type for type, fulfilment in BY_TYPE.items() if isinstance(fulfilment, Erasure)}
HERE = [Type.ERASURE, Type.OBJECTION, Type.RESTRICTION]
IN_RIGHTS, IN_PRESSES, IN_CHOICES = [Type.CORRECTION, Type.OPT_OUT], [Type.ACCESS], [Type.OPT_IN]


def list_questions(types: Iterable[Type]) -> set[str]:
    """What is asked of somebody who is signed in: on pages of rights in general, or on the right's own page."""
    return {question for type in types for question in (*BY_TYPE[type].questions, BY_TYPE[type].own_page)}


def test_each_question_of_a_right_is_answered_in_a_browser(begin):
    assert list_questions(HERE + IN_RIGHTS + IN_PRESSES + IN_CHOICES) == list_questions(Type)
    take_all_back(customers.JONAS)
    ask_for_each(begin(customers.JONAS), HERE)


@pytest.mark.usefixtures("demo_company")
def test_a_right_is_refused_and_looked_at_again(begin_scriptless):
    """One that had paused everything until then."""
    begin = begin_scriptless
    maya = begin(customers.MAYA)
    asked = ask(maya, Type.RESTRICTION)
    seeing.check_at_once(asked)

    pia, nils = Officer(begin(customers.PIA)), Officer(begin(customers.NILS))
    pia.open(asked)
    pia.refuse(Reason.NOT_COVERED)
    seeing.see_why_not(maya, asked, "UK GDPR Art 18(1)")
    seeing.ask_again(maya)
    nils.open(asked)
    nils.uphold()
    nils.lift()
    seeing.see_why_not(maya, asked, "Our answer stays as it was.")
    decision = decide_use(customer=asked.customer_id, category="orders", purpose="keep-invoices")
    assert decision.allowed

    row = register.export(begin(customers.OTTO))[asked.number]
    fields = register.HANDLED | register.KNOWN | register.REFUSED | register.APPEALED
    answered = {"status": "denied", "outcome": "denied", "remedies_told": "true", "appeal_outcome": "upheld"}
    register.check(row, asked, fields, **terms(Regime.UK_GDPR, Type.RESTRICTION), **answered)


def test_no_law_and_no_right_is_left_out():
    """The law of the United Kingdom has the European ones."""
    assert set(KINDS) == {Regime.GDPR, Regime.CCPA, Regime.UK_GDPR}
    assert set(KINDS[Regime.UK_GDPR]) == set(KINDS[Regime.GDPR])
    assert all(len({*KINDS[regime]} & ERASING) == 1 for regime in KINDS)
