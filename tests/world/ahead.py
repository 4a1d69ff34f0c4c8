"""The database's clock, set to a later day for everybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from consents.core import safeguards
from consents.core.owner import move_clock
from tests.world.ground import ground

MOVED = f"""
UPDATE portal.safeguard AS s SET digest = encode(sha256(convert_to(f.definition, 'UTF8')), 'hex')
FROM (
    SELECT * FROM ({safeguards.PARTS["function"]} AND proname = 'clock_offset') AS part (name, definition)
) AS f
WHERE s.kind = 'function' AND s.name = f.name
"""


def set_clock(by: timedelta) -> None:
    """And on record, or whoever starts or verifies the portal would name a clock that runs ahead."""
    superuser = ground.find_superuser()
    with superuser.transaction():
        move_clock(superuser, by)
        with superuser.cursor() as cursor, safeguards.qualified_names(cursor):
            cursor.execute(MOVED)


@contextmanager
def running_ahead() -> Iterator[Callable[[timedelta], None]]:
    """Inside, `move(timedelta)` lets it run so far ahead; at the end it is right again."""
    ahead = timedelta(0)

    def move(by: timedelta) -> None:
        nonlocal ahead
        if by != ahead:
            set_clock(by)
        ahead = by

    try:
        yield move
    finally:
        move(timedelta(0))
