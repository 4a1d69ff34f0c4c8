"""Tell Python what an import is like: rows make no cycles, and the thread that feeds the database must not wait."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 100_000  # made and not gone, between two searches for cycles
LONGEST_TURN = 0.0002  # seconds that one thread may go on while another has something to do


@contextmanager
def tune_interpreter() -> Iterator[None]:
    """Look for cycles seldom, and not among what was there before; let threads take short turns."""
    thresholds, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(OBJECTS, *thresholds[1:])
    sys.setswitchinterval(LONGEST_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
