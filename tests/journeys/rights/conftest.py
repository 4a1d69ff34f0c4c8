"""The demo company's people, each in a browser of their own: those who ask, those who answer, who exports."""

import pytest

from consents.ops.demo import accounts
from consents.ops.demo.accounts import Account
from tests.journeys.browsing import Visit


@pytest.fixture
def begin(demo_company, visit):
    """The browser of one of the demo's people, signed in and in English."""

    def open_for(account: Account, **how) -> Visit:
        one = visit(**how)
        one.sign_in(account.email, accounts.PASSWORD)
        one.be_proved()
        if account.language != "en":
            one.speak("English")
        return one

    return open_for
