"""Choose how much of the machine's memory and disk the embedded server takes for itself."""

import os
import shutil
from pathlib import Path

# MiB for pages of its tables; the least is what PostgreSQL takes where nothing is said.
LEAST_BUFFERS, MOST_BUFFERS = 128, 512
# GB of its write-ahead log; the least is what PostgreSQL takes, with the most it is ready again soon after a crash.
LEAST_LOG, MOST_LOG = 1, 2
FREE_FOR_MOST_LOG = 16 * 2**30  # bytes, or an eighth of what is there would go


def choose_shared_buffers() -> str:
    """Return an eighth of the machine's memory, within bounds. It is taken as it is needed.

    Addresses are found by hashes, and ids of short lists are wholly random, so that each row touches other pages of
    their indexes: of half a million customers they are more than PostgreSQL's own 128 MiB hold, and are read again and
    again.
    """
    eighth = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8 // 2**20
    return f"{min(MOST_BUFFERS, max(LEAST_BUFFERS, eighth))}MB"


def choose_max_wal_size(folder: Path) -> str:
    """Return twice PostgreSQL's own limit where the disk has room.

    After each time that the tables are written the first change of a page puts all of it into the log: an import of
    millions, which would have them written twice a minute, logs fewer whole pages.
    """
    return f"{MOST_LOG if shutil.disk_usage(folder).free >= FREE_FOR_MOST_LOG else LEAST_LOG}GB"
