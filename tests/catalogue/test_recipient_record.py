"""The record of a recipient."""

from tests.world.cast import make_recipient, signed_in


def test_it_names_the_country_to_readers_and_keeps_the_code_for_writers(world):
    recipient = make_recipient("carrier", country="IE")
    path = f"/admin/catalogue/recipient/{recipient.pk}/change/"

    read = signed_in(world.otto.user).get(path).text
    written = signed_in(world.pia.user).get(path).text

    assert '<div class="readonly">Ireland</div>' in read and ">IE<" not in read
    assert 'name="country" value="IE"' in written and "Ireland" not in written
