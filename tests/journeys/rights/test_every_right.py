"""Each right of each law from the asking to the register, on the demo company's data: the customer asks and reads the
answer, officers give it, the compliance officer takes the record out. All of it in the browser, all to the end.

Under the GDPR with script, in California without.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from consents.core.clock import now
from consents.decisions.selectors import decide_use
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.ops.demo import accounts
from consents.ops.demo.accounts import Account
from consents.rights.fulfilment.erasure import Erasure
from consents.rights.models import RightsRequest
from tests.journeys.browsing import Visit
from tests.journeys.rights import register, seeing
from tests.journeys.rights.asking import ask, in_turn, take_back
from tests.journeys.rights.handling import GRANTS, Officer

GRANTED = [(Regime.GDPR, accounts.JONAS, True), (Regime.CCPA, accounts.DANA, False)]
ADMT = datetime(2027, 1, 4, 10, tzinfo=UTC)  # rights about decisions by machines begin with that year


@pytest.fixture
def in_the_new_year(demo_company, later) -> None:
    later(max(ADMT - now(), timedelta(0)))


def ask_for_everything(one: Visit, who: Account, types: Iterable[Type]) -> dict[Type, RightsRequest]:
    """What is open already is taken back: the same right is not asked for twice at once."""
    for request in RightsRequest.objects.filter(customer__reference=who.reference, answer=None):
        take_back(one, request)
    asked = {}
    for type in in_turn(types):
        asked[type] = ask(one, type)
        seeing.check_at_once(asked[type])
    return asked


def terms(regime: Regime, type: Type) -> dict[str, str]:
    period = KINDS[regime][type].answer
    return {"regime": regime, "due_rule": period.rule, "due_unit": period.unit, "submitted_by": "self"}


@pytest.mark.usefixtures("dana_alone", "in_the_new_year")
@pytest.mark.parametrize(("regime", "who", "script"), GRANTED, ids=[regime for regime, _customer, _script in GRANTED])
def test_every_right_is_granted(begin, regime, who, script):
    one = begin(who, script=script)
    asked = ask_for_everything(one, who, KINDS[regime])
    (erased,) = [request for type, request in asked.items() if type in Erasure.types]

    pia = Officer(begin(accounts.PIA))
    for type, request in asked.items():
        pia.open(request)
        GRANTS[type](pia)
    for request in asked.values():
        if request != erased:
            seeing.see(one, request)
    Officer(begin(accounts.NILS)).erase()
    seeing.see_that_it_is_gone(one, erased)

    rows = register.export(begin(accounts.OTTO))
    for type, request in asked.items():
        answered = {"status": "fulfilled", "outcome": "complied_whole", "remedies_told": "false"}
        register.check(rows[request.number], request, register.OF_TYPE[type], **terms(regime, type), **answered)


@pytest.mark.usefixtures("demo_company")
def test_a_right_is_refused_and_looked_at_again(begin):
    """One that had paused everything until then."""
    maya = begin(accounts.MAYA, script=False)
    asked = ask(maya, Type.RESTRICTION)
    seeing.check_at_once(asked)

    pia, nils = Officer(begin(accounts.PIA)), Officer(begin(accounts.NILS))
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

    row = register.export(begin(accounts.OTTO))[asked.number]
    fields = register.HANDLED | register.KNOWN | register.REFUSED | register.APPEALED
    answered = {"status": "denied", "outcome": "denied", "remedies_told": "true", "appeal_outcome": "upheld"}
    register.check(row, asked, fields, **terms(Regime.UK_GDPR, Type.RESTRICTION), **answered)


def test_no_law_and_no_right_is_left_out():
    """The law of the United Kingdom has the European ones."""
    assert set(KINDS) == {regime for regime, _customer, _script in GRANTED} | {Regime.UK_GDPR}
    assert set(KINDS[Regime.UK_GDPR]) == set(KINDS[Regime.GDPR])
