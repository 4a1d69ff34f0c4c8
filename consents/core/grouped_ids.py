"""Make ids for rows that arrive in bulk: random, but alike at their beginning in groups of many.

With ids that share nothing each row touches other pages of every index; after some millions the log of the database
is pages written whole, and an import becomes slower with every row. A group lies side by side.

No time stands in them (UUID version 7, RFC 9562, would do for the indexes): that would tell when each customer was
recorded, and in which order. Beside an older list, neighbours in that order say whose the id of an erased customer was.
"""

import re
import uuid
from collections.abc import Iterator
from secrets import token_bytes
from threading import Lock
from uuid import UUID

from django.db import models

PREFIX_BYTES = 4  # what a group has in common; of the 122 random bits of an id 90 are left
UNGROUPED = 10_000  # of a short list, whose ids need not lie together, every id is wholly random
GROUP = 100_000
AHEAD = (
    26  # of 256: about one id in ten is of the next group already, so that the last of a list are not alone in theirs
)


class GroupedIds:
    """Ids for the rows of one list. Threads may share it."""

    def __init__(self) -> None:
        self.lock, self.drawn = Lock(), 0
        self.prefixes = token_bytes(PREFIX_BYTES), token_bytes(PREFIX_BYTES)

    def draw(self, count: int) -> list[UUID]:
        with self.lock:
            return list(self.draw_each(count))

    def draw_each(self, count: int) -> Iterator[UUID]:
        for _row in range(count):
            grouped = self.drawn - UNGROUPED
            if grouped > 0 and grouped % GROUP == 0:
                self.prefixes = self.prefixes[1], token_bytes(PREFIX_BYTES)
            self.drawn += 1
            random = token_bytes(17)
            prefix = self.prefixes[random[16] < AHEAD] if grouped >= 0 else random[:PREFIX_BYTES]
            yield UUID(bytes=prefix + random[PREFIX_BYTES:16], version=4)


def put_into_group(name: bytes, of: UUID) -> UUID:
    """Return 16 bytes as an id that lies beside another's: with the beginning of that one."""
    return UUID(bytes=of.bytes[:PREFIX_BYTES] + name[PREFIX_BYTES:])


class RandomIdModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


# Name what a spreadsheet takes for a formula (CSV injection), as character classes that PostgreSQL and Python read
# alike.

# = + - @, and their full-width, small and mathematical forms.
FORMULA_LETTERS = "=+-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
STARTS_FORMULA = "[" + "".join(f"\\u{ord(letter):04x}" for letter in FORMULA_LETTERS) + "]"
# Characters that spreadsheets skip before the first letter, including no-break and zero-width spaces.
SKIPPED = r"[\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
# Also after a separator that a spreadsheet may take for its own.
FORMULA = re.compile(rf"(^|[;,\t\r\n])(?={SKIPPED}*{STARTS_FORMULA})")


def escape_cell(text: str) -> str:
    """Put a ' before each part of a cell that a spreadsheet would run."""
    return FORMULA.sub(r"\1'", text)
