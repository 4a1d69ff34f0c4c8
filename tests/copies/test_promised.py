"""Whoever has no address on file is promised a copy on the page, and no email that would never come."""

from tests.copies.packages import granted
from tests.world.cast import signed_in


def test_a_copy_in_preparation_is_promised_here_and_in_an_email_only_to_an_address(world):
    request = granted(world)

    page = signed_in(world.ada.user).get(f"/rights/requests/{request.number}/").text

    assert "It will be here, and we email you if we have your address." in page and "You’ll get an email" not in page
