"""A caller is known by what they say: compared blindly, on record, three times."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.rights.refusals import NothingToCompare, TooManyComparisons
from consents.rights.services import answering, filing
from tests.rights.in_sql import change
from tests.rights.officer_pages import buttons, first_press, press, text
from tests.world.cast import signed_in
from tests.world.rights_requests import by_staff, file, file_as_stranger, type_in


def compare(world, request, reference="", born_on=None, member=None):
    member = member or world.pia
    about = {"reference": reference, "born_on": born_on, "officer": member, "by": by_staff(member)}
    return answering.compare_facts(rights_request=request.pk, **about)


def test_an_officer_learns_whether_it_agrees_and_nothing_else(world):
    pia, request = signed_in(world.pia.user), type_in(world)

    page = press(pia, request, "compare_facts", reference="c-1001 ", born_on="1990-01-01")

    shown = text(pia.get(page.url))
    assert "Customer number: agrees." in shown and "Date of birth: is not on file, so it proves nothing." in shown
    (entry,) = Entry.objects.filter(event=answering.EVENT)
    assert (entry.outcome, entry.facts["reference"], entry.facts["birth"]) == ("agrees", "agrees", "not_on_file")
    assert "1001" not in str(entry.facts) and "1990" not in str(entry.facts) and "C-1001" not in shown


def test_what_agreed_is_ticked_where_identity_is_confirmed(world):
    pia, request = signed_in(world.pia.user), type_in(world)
    compare(world, request, "C-1001")

    form = first_press(pia, request, "confirm_identity").context["form"]

    assert form["facts"].value() == ["reference"]


def test_what_is_typed_is_echoed_by_no_page_and_kept_in_no_draft(world):
    pia, request = signed_in(world.pia.user), type_in(world)
    page = press(pia, request, "compare_facts", reference="C-9999", born_on="x")

    assert page.status_code == 422 and "C-9999" not in text(page)
    assert text(page).count("Type “Customer number, as they say it” again") == 2  # above the form and in it
    assert "Type “Date of birth" not in text(page)
    assert "C-9999" not in text(first_press(pia, request, "compare_facts"))
    kept = filing.open_draft(rights_request=request.pk, act="compare_facts", officer=world.pia)
    assert not {"reference", "born_on"} & set(dict(kept))


def test_three_that_differ_are_the_last_whoever_tries_on_which_request(world):
    first, second = type_in(world), type_in(world, Type.PORTABILITY)
    for member, request in ((world.pia, first), (world.otto, first), (world.pia, second)):
        assert compare(world, request, "C-9", member=member) == {"reference": "differs"}

    for request in (first, second):
        with pytest.raises(TooManyComparisons):
            compare(world, request, "C-1001", member=world.quinn)
    assert compare(world, type_in(world, customer=world.ben.customer), "C-9") == {"reference": "differs"}


def test_what_agrees_uses_up_no_try_and_a_day_later_there_are_three_again(real_world, later):
    request = type_in(real_world)
    for said in ("C-9", "C-1001", "C-8", "C-7"):
        compare(real_world, request, said)
    with pytest.raises(TooManyComparisons):
        compare(real_world, request, "C-1001")

    later(timedelta(days=1, minutes=1))

    assert compare(real_world, request, "C-1001") == {"reference": "agrees"}


def test_without_anything_said_or_anybody_known_nothing_is_compared(world):
    for request, said in ((type_in(world), " "), (file_as_stranger(), "C-1001")):
        with pytest.raises(NothingToCompare):
            compare(world, request, said)
    pia = signed_in(world.pia.user)
    assert "compare_facts" not in buttons(pia, file_as_stranger()) | buttons(pia, file(world.ben, is_fresh=False))


def test_the_database_refuses_a_fourth_for_this_customer_alone(world):
    theirs, other = type_in(world), type_in(world, customer=world.ben.customer)
    told = {"event": "facts_compared", "outcome": "differs", "by": by_staff(world.pia)}
    for _time in range(3):
        change(theirs, "SELECT 1", **told)

    with pytest.raises(DatabaseError) as refusal:
        change(theirs, "SELECT 1", **told)

    assert refusal.value.__cause__.diag.constraint_name == "rights_facts_compared_thrice"
    change(other, "SELECT 1", **told)
