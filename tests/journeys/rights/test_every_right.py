"""Each right of each law from the asking to the register, on the demo company's data: the customer asks and reads the
answer, officers give it, the compliance officer takes the record out. All of it to the end.

Under the GDPR in a browser with script, in California without; and in the browser too what only California has.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from consents.core.clock import now
from consents.decisions.selectors import decide_use
from consents.law.identity import Level
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.ops.demo import accounts
from consents.ops.demo.accounts import Account
from consents.rights.fulfilment.erasure import Erasure
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from tests.journeys.rights import register, seeing
from tests.journeys.rights.asking import ask, in_turn, take_back
from tests.journeys.rights.handling import GRANTS, Officer
from tests.journeys.scriptless import AnyVisit

ADMT = datetime(2027, 1, 4, 10, tzinfo=UTC)  # rights about decisions by machines begin with that year


@pytest.fixture
def in_the_new_year(demo_company, later) -> None:
    later(max(ADMT - now(), timedelta(0)))


def ask_for_everything(one: AnyVisit, who: Account, types: Iterable[Type]) -> dict[Type, RightsRequest]:
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


def grant(begin: Callable[[Account], AnyVisit], regime: Regime, who: Account, types: Iterable[Type]) -> None:
    one = begin(who)
    asked = ask_for_everything(one, who, types)
    erased = next((request for type, request in asked.items() if type in Erasure.types), None)

    pia = Officer(begin(accounts.PIA))
    for type, request in asked.items():
        pia.open(request)
        GRANTS[type](pia)
    for request in asked.values():
        if request != erased:
            seeing.see(one, request)
    if erased:
        Officer(begin(accounts.NILS)).erase()
        seeing.see_that_it_is_gone(one, erased)

    rows = register.export(begin(accounts.OTTO))
    for type, request in asked.items():
        answered = {"status": "fulfilled", "outcome": "complied_whole", "remedies_told": "false"}
        register.check(rows[request.number], request, register.OF_TYPE[type], **terms(regime, type), **answered)


# By what the pages of a right differ, of somebody who is known; of everything that a fulfilment says of itself.
UNSEEN = {"types", "allows_lesser_identity", "tells_practices", "needs_every_holder", "is_only_theirs"}
TRAITS = sorted(
    name
    for name, value in vars(Fulfilment).items()
    if isinstance(value, bool | str | tuple) and not name.startswith("_") and name not in UNSEEN
)


def get_shape(regime: Regime, type: Type) -> tuple[object, ...]:
    """What decides which pages, fields and buttons a right has. Rights of the same shape look alike."""
    kind, traits = KINDS[regime][type], [getattr(BY_TYPE[type], name) for name in TRAITS]
    return (*traits, kind.searches, kind.identity == Level.NOT_REQUIRED)


def list_own_shapes(regime: Regime, other: Regime) -> list[Type]:
    """The first right of each shape that no right of the other law has."""
    shapes = {get_shape(other, type) for type in KINDS[other]}
    found = {get_shape(regime, type): type for type in reversed(KINDS[regime])}
    return [type for shape, type in found.items() if shape not in shapes]


def test_every_european_right_is_granted_in_a_browser(begin):
    grant(begin, Regime.GDPR, accounts.JONAS, KINDS[Regime.GDPR])


@pytest.mark.usefixtures("dana_alone", "in_the_new_year")
def test_every_californian_right_is_granted_without_script(begin_scriptless):
    grant(begin_scriptless, Regime.CCPA, accounts.DANA, KINDS[Regime.CCPA])


@pytest.mark.usefixtures("dana_alone", "in_the_new_year")
def test_what_looks_like_no_european_right_is_granted_in_a_browser(begin):
    types = list_own_shapes(Regime.CCPA, Regime.GDPR)
    assert {Type.OPT_OUT, Type.LIMIT} <= set(types) < set(KINDS[Regime.CCPA])
    grant(begin, Regime.CCPA, accounts.DANA, types)


@pytest.mark.usefixtures("demo_company")
def test_a_right_is_refused_and_looked_at_again(begin_scriptless):
    """One that had paused everything until then."""
    begin = begin_scriptless
    maya = begin(accounts.MAYA)
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
    assert set(KINDS) == {Regime.GDPR, Regime.CCPA, Regime.UK_GDPR}
    assert set(KINDS[Regime.UK_GDPR]) == set(KINDS[Regime.GDPR])
    assert all(len({*KINDS[regime]} & {*Erasure.types}) == 1 for regime in KINDS)
