"""Choose how much of its write-ahead log the embedded server may keep before it must write its tables."""

import shutil
from pathlib import Path

LEAST, MOST = 1, 2  # GB; the least is what PostgreSQL takes, with the most it is ready again soon after a crash
NEEDED = 16 * 2**30  # bytes free, or an eighth of what is there would go


def choose_max_wal_size(folder: Path) -> str:
    """Return twice PostgreSQL's own limit where the disk has room.

    After each time that the tables are written the first change of a page puts all of it into the log: an import of
    millions, which would have them written twice a minute, logs fewer whole pages.
    """
    return f"{MOST if shutil.disk_usage(folder).free >= NEEDED else LEAST}GB"
