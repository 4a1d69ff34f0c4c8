"""Two officers for the end of a purpose, against somebody who has the application's password and writes SQL."""

import pytest

from tests.architecture.mutation.attempts.catalogue import RETIRE
from tests.architecture.mutation.attempts.statements import told
from tests.world.retirements import cancel_end, propose_end

REFUSED = "23001"
CHECKED = "23514"
NEW = "11111111-2222-4333-8444-555555555555"
PROPOSE = (
    "INSERT INTO catalogue_retirement (id, purpose_id, proposed_by_id, proposed_at, confirmed_at, confirmed_by_id)"
    " VALUES (%s, %s, %s, {proposed}, {confirmed}, {by})"
)
CONFIRM = "UPDATE catalogue_retirement SET confirmed_at = {at}, confirmed_by_id = %s WHERE id = %s"
CANCEL = "UPDATE catalogue_retirement SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE id = %s"
FROZEN = f"{REFUSED} catalogue_retirement_frozen"
BY_TWO = f"{REFUSED} catalogue_purpose_retired_now"


def proposed(world, officer, proposed="portal.now()", confirmed="NULL", by="NULL"):
    return PROPOSE.format(proposed=proposed, confirmed=confirmed, by=by), [NEW, world.purpose.pk, officer.pk]


def confirmed(officer, retirement, at="portal.now()"):
    return CONFIRM.format(at=at), [officer.pk, str(retirement)]


def retired(world, retirement, second):
    officers = {"proposed_by": str(world.quinn.pk), "confirmed_by": str(second.pk)}
    return told("purpose.retired", world.purpose.pk, retirement=str(retirement), **officers)


def test_no_officer_retires_a_purpose_alone(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    entry = retired(real_world, retirement, real_world.quinn)
    retire = (RETIRE, [real_world.purpose.pk])

    assert tried(entry, retire) == BY_TWO
    assert tried(entry, confirmed(real_world.quinn, retirement), retire) == (
        f"{CHECKED} catalogue_retirement_two_officers"
    )
    entry = retired(real_world, retirement, real_world.pia)
    assert tried(entry, confirmed(real_world.pia, retirement), retire).startswith("allowed")


def test_a_confirmation_serves_its_own_purpose_alone(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    entry = retired(real_world, retirement, real_world.pia)
    make_other = "INSERT INTO catalogue_purpose (id, code, usage, answer_within, access_default, access_most)"
    other = f"{make_other} VALUES (987654, 'x', 'both', '1 day', '1 hour', '1 day')"
    drafted = told("purpose.drafted", 987654, teams=[])

    said = tried(entry, drafted, other, confirmed(real_world.pia, retirement), (RETIRE, [987654]))

    assert said == BY_TWO


def test_only_privacy_officers_ask_confirm_and_cancel(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    for stranger in (real_world.otto, real_world.sam):
        assert tried(proposed(real_world, stranger)) == FROZEN
        assert tried(confirmed(stranger, retirement)) == FROZEN
        assert tried((CANCEL, [stranger.pk, str(retirement)])) == FROZEN


@pytest.mark.parametrize("change", ["proposed_at = portal.now()", "proposed_by_id = '{pia}'", "id = gen_random_uuid()"])
def test_what_was_asked_never_changes(real_world, tried, change):
    propose_end(real_world.purpose, real_world.quinn)
    change = change.format(pia=real_world.pia.pk)

    assert tried(f"UPDATE catalogue_retirement SET {change}") == FROZEN
    together = f"UPDATE catalogue_retirement SET {change}, confirmed_at = portal.now(), confirmed_by_id = %s"
    assert tried((together, [str(real_world.pia.pk)])).startswith(REFUSED)
    assert tried("DELETE FROM catalogue_retirement").startswith("42501")


def test_it_begins_and_is_decided_now(real_world, tried):
    pia = real_world.pia
    assert tried(proposed(real_world, pia, proposed="portal.now() - interval '1 hour'")) == FROZEN
    assert tried(proposed(real_world, pia, confirmed="portal.now()", by=f"'{real_world.quinn.pk}'")) == FROZEN
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    assert tried(confirmed(pia, retirement, at="portal.now() - interval '1 hour'")) == FROZEN


def test_a_decision_is_final(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn)
    cancel_end(retirement, real_world.quinn)

    assert tried(confirmed(real_world.pia, retirement.pk)) == FROZEN
    assert tried((CANCEL, [real_world.pia.pk, str(retirement.pk)])) == FROZEN


def test_each_step_is_on_record_with_its_officer(real_world, tried):
    world, by = real_world, f"{REFUSED} catalogue_retirement_on_record"
    pia, quinn, purpose = world.pia, world.quinn, world.purpose.pk

    facts = {"retirement": NEW, "officer": str(pia.pk)}
    asked = told("retirement.proposed", purpose, by=("staff", pia.pk), **facts)
    in_her_place = told("retirement.proposed", purpose, by=("staff", quinn.pk), **facts)
    of_quinn = told("retirement.proposed", purpose, by=("staff", quinn.pk), retirement=NEW, officer=str(quinn.pk))
    assert tried(of_quinn, proposed(world, pia)) == by
    assert tried(in_her_place, proposed(world, pia)) == by
    assert tried(asked, proposed(world, pia)).startswith("allowed")
    retirement = str(propose_end(world.purpose, quinn).pk)
    assert tried(told("retirement.cancelled", purpose), (CANCEL, [pia.pk, retirement])) == by
    alone = told("purpose.retired", purpose)
    named = retired(world, retirement, pia)
    assert tried(named, confirmed(pia, retirement)) == by
    assert tried(alone, confirmed(pia, retirement), (RETIRE, [purpose])) == (
        f"{REFUSED} catalogue_purpose_retired_on_record"
    )
    assert tried(named, confirmed(pia, retirement), (RETIRE, [purpose])).startswith("allowed")


def test_one_waits_at_a_time(real_world, tried):
    propose_end(real_world.purpose, real_world.quinn)
    entry = told("retirement.proposed", real_world.purpose.pk, retirement=NEW, officer=str(real_world.pia.pk))

    assert tried(entry, proposed(real_world, real_world.pia)).startswith("23505")
