"""What an earlier request was about, and what became of it, is said as it was, whatever has changed since."""

from consents.law.kinds import Regime, Type
from consents.rights.customers import presenting
from consents.rights.models import RightsRequest
from consents.rights.services import requester_actions
from tests.world.choices import make_offers
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.rights_requests import file


def test_a_purpose_that_has_ended_since_is_still_named(world):
    offers = make_offers(world)
    request = RightsRequest(request_type=Type.WITHDRAWAL, regime=Regime.GDPR, scope=[offers.purpose.code])
    assert presenting.list_scope_names(request) == [offers.name]

    retire(offers.purpose)

    assert presenting.list_scope_names(request) == [offers.name]


def test_who_shares_an_account_is_not_told_that_they_took_a_request_back(world):
    request, mia = file(world.ada, Type.PORTABILITY), share_account(world)
    about = {"rights_request": request.pk, "customer": world.ada.customer.pk}
    withdrawn = requester_actions.withdraw_request(**about, by=mia.actor)

    said = presenting.describe_answer(withdrawn)["said"]

    assert said == "The request was taken back. You can ask again at any time."
