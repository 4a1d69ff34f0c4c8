"""Two officers in every matter, against somebody who has the application's password and writes SQL."""

import json
from typing import Any

import pytest

from consents.people.services.staff_members import end_staff_membership
from tests.architecture.mutation.attempts.statements import told
from tests.two_officers.matters import EXAMPLES, by_officer, decide

REFUSED, CHECKED = "23001", "23514"
NEW = "11111111-2222-4333-8444-555555555555"
LONG_AGO = "'2020-01-01Z'"


class Case:
    """A proposal of Quinn's, and the statements of somebody who means to decide it or to write another one."""

    def __init__(self, example, world):
        self.example, self.table = example, example.matter.model._meta.db_table
        self.frozen = f"{REFUSED} {self.table}_frozen"
        self.proposal = example.propose(world, world.quinn)

    def update(self, *changes: str) -> str:
        return f"UPDATE {self.table} SET {', '.join(changes)} WHERE id = '{self.proposal.pk}'"

    def step(self, step: str, officer, *more: str, at: str = "portal.now()") -> str:
        return self.update(f"{step}_at = {at}", f"{step}_by_id = '{officer.pk}'", *more)

    def insert(self, officer, **change: Any):
        """Insert another row like the proposal."""
        row = {"id": NEW, "proposed_by_id": str(officer.pk), "cancelled_by_id": None, "cancelled_at": None} | change
        insert = (
            f"INSERT INTO {self.table} SELECT (jsonb_populate_record(p, %s)).* FROM {self.table} AS p WHERE id = %s"
        )
        return insert, [json.dumps(row), self.proposal.pk]

    def tell(self, step: str, officer):
        details = self.example.details(self.proposal)
        customer = getattr(self.proposal, "customer_id", None)
        return told(
            self.example.events[step], self.example.object(self.proposal), customer, by=("staff", officer.pk), **details
        )


@pytest.fixture(params=[name for name, example in EXAMPLES.items() if example.events])
def case(request, real_world):
    return Case(EXAMPLES[request.param], real_world)


def test_the_first_officer_does_not_approve(real_world, tried, case):
    assert tried(case.step("approved", real_world.quinn)) == f"{CHECKED} {case.table}_two_officers"


def test_only_officers_propose_and_decide(real_world, tried, case):
    assert tried(case.insert(real_world.kim)) == case.frozen
    for step in ("approved", "cancelled"):
        assert tried(case.step(step, real_world.kim)) == case.frozen


def test_an_approval_still_needs_the_first_officer(real_world, tried, case):
    end_staff_membership(member=real_world.quinn, by=by_officer(real_world.pia))

    assert tried(case.step("approved", real_world.pia)) == case.frozen


def test_what_was_proposed_never_changes(real_world, tried, case):
    changes = ("proposed_at = portal.now()", f"proposed_by_id = '{real_world.pia.pk}'", f"id = '{NEW}'")
    for change in changes:
        assert tried(case.update(change)) == case.frozen
        assert tried(case.step("approved", real_world.pia, change)).startswith(REFUSED)
        assert tried(case.step("cancelled", real_world.pia, change)) == case.frozen


def test_it_begins_now_and_undecided(real_world, tried, case):
    decided = {"by_id": str(real_world.pia.pk), "at": str(case.proposal.proposed_at)}
    for change in (
        {"proposed_at": "2020-01-01Z"},
        {f"approved_{name}": value for name, value in decided.items()},
        {f"cancelled_{name}": value for name, value in decided.items()},
    ):
        assert tried(case.insert(real_world.quinn, **change)) == case.frozen


def test_it_is_decided_now(real_world, tried, case):
    for step in ("approved", "cancelled"):
        assert tried(case.step(step, real_world.pia, at=LONG_AGO)) == case.frozen


def test_a_decision_is_final(real_world, tried, case):
    decide(case.example, case.proposal, real_world.quinn, is_approved=False)

    for step in ("approved", "cancelled"):
        assert tried(case.step(step, real_world.pia)) == case.frozen


def test_each_decision_is_on_record_with_its_officer(real_world, tried, case):
    quinn, pia = real_world.quinn, real_world.pia
    for step in case.example.events.keys() - {"proposed"}:
        decision = case.step(step, pia)
        assert tried(decision).startswith(REFUSED)
        assert tried(case.tell(step, quinn), decision) == f"{REFUSED} {case.table}_on_record"
        assert tried(case.tell("proposed", pia), decision) == f"{REFUSED} {case.table}_on_record"
        assert tried(case.tell(step, pia), decision).startswith("allowed")


def test_a_proposal_is_on_record_with_its_officer(real_world, tried, case):
    quinn, pia = real_world.quinn, real_world.pia
    decide(case.example, case.proposal, quinn, is_approved=False)
    propose = case.insert(pia)
    of_the_first = case.tell("proposed", pia)
    case.proposal.pk = NEW

    assert tried(propose) == f"{REFUSED} {case.table}_on_record"
    assert tried(case.tell("proposed", quinn), propose) == f"{REFUSED} {case.table}_on_record"
    assert tried(case.tell("proposed", pia), propose).startswith("allowed")
    assert tried(of_the_first, propose) == f"{REFUSED} {case.table}_on_record"


def test_one_waits_at_a_time(real_world, tried, case):
    assert tried(case.insert(real_world.pia)).startswith("23505")
