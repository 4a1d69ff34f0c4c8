"""What an earlier request was about, and what became of it, is said as it was, whatever has changed since."""

from consents.law.kinds import Regime, Type
from consents.rights.customers import presenting
from consents.rights.models import RightsRequest
from consents.rights.services import requester_actions
from consents.rights.staff import answer_forms
from tests.world.cast import signed_in
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


def test_a_letter_to_recipients_names_the_purpose_whose_consent_was_withdrawn(world):
    offers = make_offers(world)
    request = file(world.ada, Type.PORTABILITY)
    request.request_type, request.scope = Type.WITHDRAWAL, [offers.purpose.code]

    letter = " ".join(answer_forms.build_notice_letter(request))

    assert f"It is about: {offers.name}." in letter and "all data" not in letter


def test_a_request_that_was_taken_back_was_not_answered_in_time(world):
    request, pia = file(world.ada, Type.PORTABILITY), signed_in(world.pia.user)
    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)

    page = pia.get(f"/admin/rights/rightsrequest/{request.pk}/change/").text

    assert "In time" not in page and "Withdrawn" in page


def test_who_shares_an_account_is_not_told_that_they_took_a_request_back(world):
    request, mia = file(world.ada, Type.PORTABILITY), share_account(world)
    about = {"rights_request": request.pk, "customer": world.ada.customer.pk}
    withdrawn = requester_actions.withdraw_request(**about, by=mia.actor)

    said = presenting.describe_answer(withdrawn)["said"]

    assert said == "The request was taken back. You can ask again at any time."
