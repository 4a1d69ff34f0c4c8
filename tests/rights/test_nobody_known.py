"""Who needs not say who they are may be nobody whose data we hold: then that is the answer, and it counts as one."""

import pytest

from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.rights.refusals import IdentityFirst
from consents.rights.rules import Format, Outcome, Reply
from tests.rights.officer_pages import buttons, first_press, fresh, give, text
from tests.world.cast import signed_in
from tests.world.exports import days_around_now, exported
from tests.world.rights_requests import answer, file_as_stranger

NOBODY = Reply(Outcome.NO_DATA, Format.EMAIL, "We found nobody of that name.")
UNASKED = [
    (Type.WITHDRAWAL, "IE"),
    (Type.OBJECTION, "IE"),
    (Type.OPT_OUT, "US-CA"),
    (Type.LIMIT, "US-CA"),
]


@pytest.mark.parametrize(("type", "where"), UNASKED)
def test_an_officer_says_that_we_hold_no_such_data(world, type, where):
    pia, request = signed_in(world.pia.user), file_as_stranger(type, jurisdiction=where)
    assert {"match", "answer"} <= buttons(pia, request)
    asked = text(first_press(pia, request, "answer"))
    assert 'value="no_data_held"' in asked and "complied" not in asked and 'name="reason"' not in asked

    give(pia, request, outcome="no_data_held", format="email", text="We found nobody of that name.")

    done = fresh(request)
    assert (done.outcome, done.customer, done.denial_reason) == ("no_data_held", None, "")
    assert not buttons(pia, request) & {"answer", "match", "refuse"}


def test_nothing_else_is_said_of_somebody_nobody_knows(world):
    for outcome in (Outcome.COMPLIED_WHOLE, Outcome.NO_DATA):
        for type in (Type.OBJECTION, Type.AUTOMATED):
            request, reply = file_as_stranger(type), Reply(outcome, Format.EMAIL)
            if (type, outcome) == (Type.OBJECTION, Outcome.NO_DATA):
                assert answer(world, request, reply).is_answered
            else:
                with pytest.raises(IdentityFirst):
                    answer(world, request, reply)


def test_it_counts_as_received_and_answered_and_not_as_denied(real_world):
    opt_out = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    answer(real_world, opt_out, NOBODY)

    (row,) = exported(real_world, dataset=Dataset.REQUESTS, period=days_around_now())
    metrics = exported(real_world, dataset=Dataset.METRICS, period=days_around_now())
    everybody, californians = [counted for counted in metrics if counted["received"] != "0"]

    assert (row["status"], row["outcome"], row["denial_reason"]) == ("fulfilled", "no_data_held", "")
    for counted in (everybody, californians):
        found = [counted[name] for name in ("received", "no_data_held", "denied", "complied_whole", "unanswered")]
        assert found == ["1", "1", "0", "0", "0"]
        assert counted["median_days"] in ("0", "0.0")
