"""An account that no record belongs to is told so on every page, and gets no all-clear."""

import pytest
from django.urls import reverse

from consents.ledger.rules import PORTAL
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.rights.models import RightsRequest
from tests.world.addresses import CUSTOMER_ROOMS, addresses
from tests.world.cast import make_user, signed_in

WHO_CAN_SEE = ["You allow no one", "Nothing is waiting", "Nobody", "No look", "You have not said yes"]
BAR = "This sign-in is not linked to a record yet"


@pytest.fixture
def newcomer(world):
    return signed_in(make_user("new@example.com"))


def test_nothing_is_recorded_about_an_unknown_address(newcomer):
    before = set(Customer.objects.values_list("pk", flat=True))
    newcomer.get("/")
    assert set(Customer.objects.values_list("pk", flat=True)) == before


def test_the_first_page_names_three_ways_on(newcomer, settings):
    settings.PORTAL_HOURS = "Monday to Friday"
    page = newcomer.get("/").text
    assert "We have no record under this address" in page and "new@example.com" in page
    assert reverse("account_logout") in page and f'href="{reverse("people:claim")}"' in page
    assert str(settings.PORTAL_PHONE) in page and "Monday to Friday" in page


def test_no_page_of_a_customer_gives_an_all_clear(newcomer):
    for name, path in addresses():
        if name.split(":")[0] in CUSTOMER_ROOMS:
            response = newcomer.get(f"/{path}", follow=True)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                assert BAR in response.text, name
                assert not [words for words in WHO_CAN_SEE if words in response.text], name


@pytest.mark.parametrize("name", ["account_email", "help", "rights:list"])
def test_account_and_help_lead_back_to_the_ways(newcomer, name):
    page = newcomer.get(reverse(name)).text
    assert BAR in page and "What you can do" in page


def test_a_right_can_be_asked_for_as_by_a_stranger(newcomer):
    page = newcomer.get(reverse("rights:list"), {"where": "DE"}).text
    assert reverse("rights:ask", args=["access"]) in page
    assert not RightsRequest.objects.exists()


def test_the_bar_goes_once_the_record_is_there(newcomer):
    customer_records.open_customer_record(reference="C-3000", email="new@example.com", by=PORTAL)
    page = newcomer.get("/").text
    assert BAR not in page and "Nothing is waiting for you" in page


def test_customers_read_no_bar(world):
    assert BAR not in signed_in(world.ada.user).get("/").text
