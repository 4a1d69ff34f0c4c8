"""Take in only what changed since the last import, by a column that says when each row last did.

The newest change of a run is kept in a file, once every row of the run is in; the next run begins with that moment
again, since rows may share it. A column that goes backwards, as in a restored source, is told: it would hide rows.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from consents.core.refusals import Refusal


class BadSince(Refusal):
    """The file that keeps the newest change cannot be used; nothing was done."""


class NotAChange(ValueError):
    """Signal a cell that is neither a moment nor a number."""


def parse_change(text: str) -> datetime | int:
    """Return when a row changed: a moment (ISO 8601; UTC unless it says), or a number that grows.

    Raises NotAChange.
    """
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotAChange from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Changes:
    """The newest change of the last run and of this one. Without a file every row counts."""

    def __init__(self, file: Path | None, column: str) -> None:
        """Raises BadSince."""
        self.file, self.column = file, column
        self.last = self.read() if file else ""
        self.since = parse_change(self.last) if self.last else None
        self.newest_text = ""
        self.newest: datetime | int | None = None
        self.older = 0

    def read(self) -> str:
        """Return what the last run kept; empty before the first one. Raises BadSince."""
        assert self.file
        if not self.column:
            raise BadSince("--since needs “changed” in the mapping: the column that says when a row last changed.")
        try:
            kept = str(json.loads(self.file.read_text())[self.column])
            parse_change(kept)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError):
            raise BadSince(
                f"{self.file} does not hold what the last import of this mapping kept. Name another file."
            ) from None
        return kept

    def is_new(self, text: str) -> bool:
        """Return False, and count, for a row that the last run had already. Raises NotAChange."""
        change = parse_change(text)
        if self.newest is None or is_after(change, self.newest):
            self.newest, self.newest_text = change, text
        if self.since is None or not is_after(self.since, change):
            return True
        self.older += 1
        return False

    @property
    def goes_backwards(self) -> bool:
        """Return True if no row is as new as the newest one of last time."""
        return self.since is not None and (self.newest is None or is_after(self.since, self.newest))

    def keep(self) -> None:
        """Keep the newest change for the next run, whole or not at all."""
        if self.file and self.newest_text and not self.goes_backwards:
            draft = self.file.with_name(f".{self.file.name}.draft")
            draft.write_text(json.dumps({self.column: self.newest_text}))
            draft.replace(self.file)


def is_after(change: datetime | int, other: datetime | int) -> bool:
    """Raises NotAChange for a moment and a number, of which neither is the later one."""
    if isinstance(change, int) and isinstance(other, int):
        return change > other
    if isinstance(change, datetime) and isinstance(other, datetime):
        return change > other
    raise NotAChange
