"""The demo company's people, each in a browser of their own: those who ask, those who answer, who exports."""

from types import SimpleNamespace

import pytest

from consents.ledger.rules import Actor
from consents.ops.demo import customers
from consents.ops.demo.customers import Account
from consents.people.models import Acting, Customer, User
from consents.people.services import customer_records
from consents.people.services.representing import end_acting
from tests.journeys.browsing import Visit
from tests.journeys.opening import open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.races.lock_order import watched


@pytest.fixture
def begin_scriptless(demo_company):
    """The browser of one of the demo's people, signed in and in English: without script, it draws nothing; each page
    takes its locks in the one order."""

    def open_for(account: Account) -> ScriptlessVisit:
        user = User.objects.get(email=account.email)
        if account.language != "en":
            customer, by = Customer.objects.get(reference=account.reference), Actor("customer", str(user.pk))
            customer_records.choose_language(customer=customer.pk, language="en", by=by)
        one = open_scriptless(SimpleNamespace(user=user))
        one.be_proved()
        return one

    with watched() as watch:
        yield open_for
    assert watch.wrong == []


@pytest.fixture
def begin(begin_scriptless, visit):
    """The same of a browser with script."""

    def open_for(account: Account) -> Visit:
        one = visit()
        one.go_on_with(begin_scriptless(account).get_session_token())
        return one

    return open_for


@pytest.fixture
def dana_alone(demo_company):
    """Eli has left Dana's account: what two holders decide together has journeys of its own."""
    eli = Acting.objects.get(user__email=customers.ELI.email, ends_at=None)
    end_acting(acting=eli.pk, user=eli.user, by=Actor("customer", str(eli.user_id)))
