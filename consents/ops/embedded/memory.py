"""Choose how much memory the embedded server keeps pages of its tables in."""

import os

LEAST, MOST = 128, 512  # MiB; the least is what PostgreSQL takes where nothing is said


def choose_shared_buffers() -> str:
    """Return an eighth of the machine's memory, within bounds. It is taken as it is needed.

    Addresses are found by hashes, and ids of short lists are wholly random, so that each row touches other pages of
    their indexes: of half a million customers they are more than PostgreSQL's own 128 MiB hold, and are read again and
    again.
    """
    eighth = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8 // 2**20
    return f"{min(MOST, max(LEAST, eighth))}MB"
