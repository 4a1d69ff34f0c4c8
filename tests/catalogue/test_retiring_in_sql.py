"""Two officers for the end of a purpose, against somebody who has the application's password and writes SQL."""

from tests.architecture.mutation.attempts.catalogue import RETIRE
from tests.architecture.mutation.attempts.statements import told
from tests.world.retirements import propose_end

REFUSED = "23001"
CHECKED = "23514"
NEW = "11111111-2222-4333-8444-555555555555"
PROPOSE = "INSERT INTO catalogue_retirement (id, purpose_id, proposed_by_id) VALUES (%s, %s, %s)"
CONFIRM = "UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s WHERE id = %s"
CANCEL = "UPDATE catalogue_retirement SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE id = %s"
FROZEN = f"{REFUSED} catalogue_retirement_frozen"
BY_TWO = f"{REFUSED} catalogue_purpose_retired_now"


def confirmed(officer, retirement):
    return CONFIRM, [officer.pk, str(retirement)]


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


def test_no_compliance_officer_asks_confirms_or_cancels(real_world, tried):
    retirement, otto = propose_end(real_world.purpose, real_world.quinn).pk, real_world.otto
    assert tried((PROPOSE, [NEW, real_world.purpose.pk, otto.pk])) == FROZEN
    assert tried(confirmed(otto, retirement)) == FROZEN
    assert tried((CANCEL, [otto.pk, str(retirement)])) == FROZEN


def test_an_approval_comes_with_the_end_on_record(real_world, tried):
    pia, purpose = real_world.pia, real_world.purpose.pk
    retirement = str(propose_end(real_world.purpose, real_world.quinn).pk)
    named = retired(real_world, retirement, pia)

    assert tried(named, confirmed(pia, retirement)) == f"{REFUSED} catalogue_retirement_takes_effect"
    assert tried(told("purpose.retired", purpose), confirmed(pia, retirement), (RETIRE, [purpose])) == (
        f"{REFUSED} catalogue_purpose_retired_on_record"
    )
    assert tried(named, confirmed(pia, retirement), (RETIRE, [purpose])).startswith("allowed")
