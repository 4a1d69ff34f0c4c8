"""Remember when this process last turned a request away, for those who watch it."""

import time

CROWDED_SECONDS = 60
_turned_away: list[float] = []


def note_turned_away() -> None:
    _turned_away[:] = [time.monotonic()]


def has_turned_away() -> bool:
    return bool(_turned_away) and time.monotonic() - _turned_away[0] < CROWDED_SECONDS
