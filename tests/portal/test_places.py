"""Who gets a place when there are more requests than places."""

import asyncio

import pytest

from portal.concurrency import Party, Places

ADA, BEN = Party("ada", is_known=True), Party("ben", is_known=True)
HERE, THERE, ELSEWHERE = Party("192.0.2.1"), Party("192.0.2.2"), Party("192.0.2.3")


def build_places(**more) -> Places:
    usual = {"total": 4, "kept": 2, "per_address": 1, "per_browser": 2, "queue": 2, "wait_seconds": 0.05}
    return Places(**usual | more)


async def enter_all(places: Places, *parties: Party) -> list[bool]:
    return list(await asyncio.gather(*(places.enter(party) for party in parties)))


def test_one_address_holds_one_place():
    places = build_places()

    assert asyncio.run(enter_all(places, HERE, HERE, THERE)) == [True, False, True]


def test_strangers_leave_the_kept_places_to_known_browsers():
    places = build_places()

    assert asyncio.run(enter_all(places, HERE, THERE, ELSEWHERE, ADA, ADA)) == [True, True, False, True, True]


def test_a_known_browser_cannot_take_every_place():
    places = build_places()

    assert asyncio.run(enter_all(places, ADA, ADA, ADA, BEN)) == [True, True, False, True]


def test_who_waits_gets_the_place_that_is_free_again_known_browsers_first():
    places, order = build_places(total=1, kept=0, wait_seconds=5), []

    async def come(party: Party) -> None:
        assert await places.enter(party)
        order.append(party)
        places.leave(party)

    async def crowd() -> None:
        assert await places.enter(HERE)
        coming = [asyncio.ensure_future(come(party)) for party in (THERE, ADA)]
        await asyncio.sleep(0)
        places.leave(HERE)
        await asyncio.gather(*coming)

    asyncio.run(crowd())
    assert order == [ADA, THERE]


def test_once_one_waited_in_vain_the_rest_is_turned_away_at_once():
    places = build_places(total=1, kept=0)

    async def crowd() -> None:
        assert await places.enter(HERE)
        assert not await places.enter(THERE)
        places.wait_seconds = 60  # nobody waits: this would be noticed
        assert not await places.enter(ELSEWHERE)
        places.leave(HERE)
        assert await places.enter(ELSEWHERE)

    asyncio.run(asyncio.wait_for(crowd(), 10))


def test_a_line_of_one_party_is_short():
    places = build_places(wait_seconds=60)

    async def crowd() -> None:
        assert await places.enter(HERE)
        waiting = [asyncio.ensure_future(places.enter(HERE)) for _ in range(2)]
        await asyncio.sleep(0)
        assert not await places.enter(HERE)
        places.leave(HERE)
        assert await waiting[0]
        places.leave(HERE)
        assert await waiting[1]

    asyncio.run(asyncio.wait_for(crowd(), 10))


def test_who_goes_away_while_waiting_holds_no_place():
    places = build_places(total=1, kept=0, wait_seconds=60)

    async def crowd() -> None:
        assert await places.enter(HERE)
        waiting = asyncio.ensure_future(places.enter(THERE))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        places.leave(HERE)
        assert await places.enter(ELSEWHERE)
        assert places.taken.total() == 1

    asyncio.run(asyncio.wait_for(crowd(), 10))


def test_who_goes_away_as_a_place_is_given_gives_it_back():
    places = build_places(total=1, kept=0, wait_seconds=60)

    async def crowd() -> None:
        assert await places.enter(HERE)
        waiting = asyncio.ensure_future(places.enter(THERE))
        await asyncio.sleep(0)
        places.leave(HERE)
        assert places.taken == {THERE: 1}
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not places.taken and await places.enter(ELSEWHERE)

    asyncio.run(asyncio.wait_for(crowd(), 10))


def test_where_nobody_is_to_wait_there_is_a_place_or_none():
    places = build_places(total=1, kept=0, wait_seconds=0)

    assert asyncio.run(enter_all(places, HERE, THERE)) == [True, False]
    places.leave(HERE)
    assert asyncio.run(enter_all(places, THERE)) == [True]


def test_a_browser_of_two_places_that_leaves_one_keeps_the_other():
    places = build_places(wait_seconds=0)
    assert asyncio.run(enter_all(places, ADA, ADA)) == [True, True]

    places.leave(ADA)

    assert places.taken == {ADA: 1}
    assert asyncio.run(enter_all(places, ADA, ADA)) == [True, False]
