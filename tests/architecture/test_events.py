"""Every event on record has words for both its readers, from the room that records it."""

import importlib
from collections.abc import Mapping

from django.conf import settings

from consents.ledger.rules import EventWords, registered
from tests.architecture.recorded_events import recorded, recorded_by_rooms

ROOMS = {name.split(".")[1] for name in settings.ROOMS}


def words_of(room: str) -> Mapping[str, EventWords]:
    """Those of a room; what the head and `ops` record has its words in the head."""
    name = f"consents.{room}.events" if room in ROOMS else "consents.events"
    try:
        return importlib.import_module(name).EVENTS
    except ModuleNotFoundError:
        return {}


def test_every_event_has_words_from_its_own_room():
    assert {named for named in recorded_by_rooms() if named.event not in words_of(named.room)} == set()


def test_staff_have_words_for_every_event_and_customers_for_theirs():
    assert {event for event, words in registered.items() if not words.staff} == set()
    assert {event for event in recorded() if not registered[event].customer} == set()


def test_no_words_are_left_of_an_event_that_is_gone():
    assert set(registered) == {event for event, _room in recorded_by_rooms()}


def test_the_words_of_every_room_are_registered():
    told = [words_of(room) for room in [*ROOMS, "consents"]]

    assert registered == {event: words for room in told for event, words in room.items()}
