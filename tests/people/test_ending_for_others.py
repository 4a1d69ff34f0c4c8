"""An officer sees who acts for a customer and ends what one of them may do."""

from tests.world.cast import signed_in
from tests.world.holders import share_account

PAGE = "/admin/acting/"


def test_it_says_why_nothing_ends(world):
    mia, otto = share_account(world), signed_in(world.otto.user)
    found = otto.post(PAGE, {"who": world.ada.customer.reference}).context["found"]
    ending = {"found": found, "acting": mia.acting.pk, "confirm": "1"}

    assert "Find the customer first." in otto.post(PAGE, ending | {"found": "old"}, follow=True).text
    assert "Everyone concerned is told by email." in otto.post(PAGE, ending, follow=True).text
    again = otto.post(PAGE, ending | {"token": ""}, follow=True).text
    assert "They can no longer act here." in again and "mi•••@example.com" not in again
