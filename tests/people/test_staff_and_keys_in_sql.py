"""Rank and keys against somebody who has the application's password and writes SQL."""

import pytest

from consents.people.services import staff_members
from tests.world.erasing import actor

REFUSED = "23001"
TELL = """SELECT portal.append_entry(%(event)s, NULL, 'portal', '', 'x', %(object)s, '', 'job', NULL, %(outcome)s,
    %(details)s)"""
JOIN = "INSERT INTO people_staffmember (user_id, role, team, number{columns}) VALUES (%s, %s, 'x', ''{values})"
END = "UPDATE people_staffmember SET ended_at = portal.now() WHERE user_id = %s"
REWRAP = "UPDATE people_customerkey SET kid = '2', wrapped = '\\x00' WHERE customer_id = %s"


def told(event, object, outcome="", details="{}"):
    return TELL, {"event": event, "object": str(object), "outcome": outcome, "details": details}


def joining(user, columns="", values=""):
    return JOIN.format(columns=columns, values=values), [user, "compliance_officer"]


def test_who_is_invited_on_record_works_here(real_world, tried):
    user = real_world.ada.user.pk

    assert tried(joining(user), told("staff.invited", user, "compliance_officer")).startswith("allowed")


def test_nobody_makes_themselves_an_officer(real_world, tried):
    ada, ben = real_world.ada.user.pk, real_world.ben.user.pk
    by = f"{REFUSED} people_staffmember_on_record"

    assert tried(joining(ada)) == by
    assert tried(joining(ada), told("staff.invited", ada, "requester")) == by
    assert tried(joining(ada), told("staff.invited", ben, "compliance_officer")) == by
    assert tried(joining(ada), told("staff.ended", ada, "compliance_officer")) == by


def test_an_invitation_of_before_does_not_serve(real_world, tried):
    """Sam's own is long committed."""
    assert tried((END, [real_world.sam.pk]), told("staff.invited", real_world.sam.pk, "requester")) == (
        f"{REFUSED} people_staffmember_on_record"
    )


@pytest.mark.parametrize(
    ("columns", "values"),
    [(", started_at", ", '2020-01-01Z'"), (", ended_at", ", portal.now()")],
    ids=["long ago", "ended"],
)
def test_a_membership_begins_now(real_world, tried, columns, values):
    user = real_world.ada.user.pk
    statements = [joining(user, columns=columns, values=values), told("staff.invited", user, "compliance_officer")]

    assert tried(*statements) == f"{REFUSED} people_staffmember_frozen"


@pytest.mark.parametrize(
    "change",
    [
        "number = '9'",
        "started_at = portal.now()",
        "former_teams = '[]'::jsonb || '\"x\"'",
        "ended_at = '2020-01-01Z'",
        "ended_at = portal.now(), role = 'compliance_officer'",
        "ended_at = portal.now(), team = 'Other'",
    ],
)
def test_what_never_changes(real_world, tried, change):
    sam = real_world.sam.pk
    update = (f"UPDATE people_staffmember SET {change} WHERE user_id = %s", [sam])

    assert tried(told("staff.ended", sam), update) == f"{REFUSED} people_staffmember_frozen"


def moved(user, role="compliance_officer"):
    return "UPDATE people_staffmember SET role = %s, team = 'Other' WHERE user_id = %s", [role, user]


def test_a_rank_changes_on_record_alone(real_world, tried):
    sam, kim = real_world.sam.pk, real_world.kim.pk
    by, place = f"{REFUSED} people_staffmember_on_record", '{"team": "Other"}'

    assert tried(moved(sam)) == by
    assert tried(moved(sam), told("staff.moved", kim, "compliance_officer", place)) == by
    assert tried(moved(sam), told("staff.moved", sam, "requester", place)) == by
    assert tried(moved(sam), told("staff.moved", sam, "compliance_officer", '{"team": "x"}')) == by
    assert tried(moved(sam), told("staff.returned", sam, "compliance_officer", place)) == by
    assert tried(moved(sam), told("staff.moved", sam, "compliance_officer", place)).startswith("allowed")


def test_a_membership_ends_with_its_entry(real_world, tried):
    sam = real_world.sam.pk

    assert tried((END, [sam]), told("staff.ended", sam)).startswith("allowed")
    assert tried((END, [sam])) == f"{REFUSED} people_staffmember_on_record"
    assert tried((END, [sam]), told("staff.ended", real_world.kim.pk)) == f"{REFUSED} people_staffmember_on_record"


def test_who_has_left_comes_back_on_record_alone(real_world, tried):
    sam, place = real_world.sam, '{"team": "Returns"}'
    staff_members.end_staff_membership(member=sam, by=actor(real_world.pia))
    back = (
        "UPDATE people_staffmember SET ended_at = NULL, role = 'requester', team = 'Returns' WHERE user_id = %s",
        [sam.pk],
    )
    again = ("UPDATE people_staffmember SET ended_at = portal.now() WHERE user_id = %s", [sam.pk])
    rank = ("UPDATE people_staffmember SET role = 'compliance_officer' WHERE user_id = %s", [sam.pk])

    for entry in ("staff.invited", "staff.moved", "staff.ended"):
        assert tried(told(entry, sam.pk, "requester", place), back) == f"{REFUSED} people_staffmember_on_record"
    for change in (again, rank):
        assert tried(told("staff.ended", sam.pk), change) == f"{REFUSED} people_staffmember_frozen"
    assert tried(told("staff.returned", sam.pk, "requester", place), back).startswith("allowed")
    assert tried(("DELETE FROM people_staffmember WHERE user_id = %s", [sam.pk])).startswith("42501")


def rewrapped(kid="2", keys=1):
    return told("customer_keys.rewrapped", kid, details=f'{{"keys":{keys}}}')


def test_a_key_is_wrapped_anew_with_its_entry(real_world, tried):
    assert tried(rewrapped(), (REWRAP, [real_world.ada.customer.id])).startswith("allowed")


@pytest.mark.parametrize(
    "entry",
    [None, rewrapped(kid="3"), rewrapped(keys=2), told("customer_keys.destroyed", "2", details='{"keys":1}')],
    ids=["none", "of another key", "of more", "of something else"],
)
def test_no_key_is_destroyed_by_writing_over_it(real_world, tried, entry):
    """Despite a hold, without a proposal, and nobody would know."""
    statements = [entry] if entry else []

    said = tried(*statements, (REWRAP, [real_world.ada.customer.id]))

    assert said == f"{REFUSED} people_customerkey_rewrapped_on_record"


def test_one_entry_does_not_serve_twice(real_world, tried):
    update = (REWRAP, [real_world.ada.customer.id])

    assert tried(rewrapped(), update, update) == f"{REFUSED} people_customerkey_rewrapped_on_record"


def test_a_key_is_not_written_over_under_the_key_that_wraps_it(real_world, tried):
    update = "UPDATE people_customerkey SET wrapped = '\\x00' WHERE customer_id = %s AND kid = '1'"

    said = tried(rewrapped(kid="1"), (update, [real_world.ada.customer.id]))

    assert said == f"{REFUSED} people_customerkey_rewrapped_on_record"


def test_a_key_does_not_change_hands(real_world, tried):
    going = "INSERT INTO people_customer (id, language, country, region) VALUES (gen_random_uuid(), 'en', '', '')"
    moved = (
        "UPDATE people_customerkey SET kid = '2', customer_id = (SELECT id FROM people_customer AS c WHERE NOT EXISTS"
        " (SELECT FROM people_customerkey AS k WHERE k.customer_id = c.id)) WHERE customer_id = %s"
    )

    said = tried(going, rewrapped(), (moved, [real_world.ada.customer.id]))

    assert said == f"{REFUSED} people_customerkey_rewrapped_on_record"
