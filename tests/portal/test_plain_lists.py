"""Lists of records on the staff site: nothing to filter where nothing is, and one sign for what is not there."""

from django.contrib import admin

from tests.world.cast import answer, ask, signed_in

FILTERS = 'id="changelist-filter"'


def test_an_empty_list_has_no_filters_until_one_of_them_emptied_it(world):
    sam = signed_in(world.sam.user)
    requests = "/admin/access/accessrequest/"
    assert FILTERS not in sam.get(requests).text

    answer(world, ask(world, "orders"))

    assert FILTERS in sam.get(requests).text and FILTERS in sam.get(f"{requests}?state=waiting").text


def test_the_queue_which_leaves_out_what_is_answered_keeps_its_filters(world):
    page = signed_in(world.pia.user).get("/admin/rights/rightsrequest/").text

    assert FILTERS in page and "result_list" not in page


def test_what_a_record_does_not_have_is_a_dash_in_every_list(world):
    page = signed_in(world.otto.user).get("/admin/catalogue/category/").text

    assert ">–</td>" in page and ">-</td>" not in page


def test_no_page_loads_scripts_that_fill_in_a_field_while_another_is_typed(world):
    page = signed_in(world.sam.user).get("/admin/access/accessrequest/").text

    assert "actions.js" in page and "urlify.js" not in page and "xregexp" not in page
    for one in admin.site._registry.values():
        assert not one.prepopulated_fields and "xregexp" not in str(one.media)
