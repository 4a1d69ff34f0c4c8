"""Who gets a place when there are more requests than places."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.admission import Gate, Party
from tests.waiting import PATIENCE, wait_until

ADA, BEN = Party("ada", is_known=True), Party("ben", is_known=True)
HERE, THERE, ELSEWHERE = (Party(f"192.0.2.{number}", is_known=False) for number in range(3))


@pytest.mark.parametrize(
    ("parties", "entered"),
    [
        ([HERE, HERE, HERE, THERE], [True, True, False, True]),
        ([HERE, THERE, ELSEWHERE, THERE, ADA, BEN], [True, True, True, False, True, True]),
        ([ADA, ADA, ADA, BEN], [True, True, False, True]),
    ],
    ids=["an address", "strangers", "a known browser"],
)
def test_no_party_takes_what_others_need(parties, entered):
    gate = Gate(strangers=3, each=2, patience=0)

    assert [gate.enter(party) for party in parties] == entered


def test_a_place_that_is_free_again_goes_to_the_one_who_waits():
    gate = Gate(strangers=1, each=1, patience=PATIENCE)
    assert gate.enter(HERE)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gate.enter, THERE)
        wait_until(lambda: gate.waiting[False] == 1, "the one who waits")
        assert not gate.enter(ELSEWHERE), "the line is as long as there are places"
        assert gate.enter(ADA)

        gate.leave(HERE)

        assert waiting.result(PATIENCE)
    gate.leave(THERE)
    gate.leave(ADA)
    assert not gate.inside
