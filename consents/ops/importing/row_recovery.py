"""Find where a row that the CSV reader rejected ends, or that its quotes are broken."""

import re
from enum import Enum

QUOTE, NEWLINE, RETURN = b'"\n\r'


class RowPosition(Enum):
    """States of the CSV state machine."""

    FIELD_START = "field start"
    PLAIN = "plain"
    QUOTED = "quoted"
    QUOTE_IN_QUOTED = "quote in quoted"
    RETURN = "carriage return"
    END = "end"
    BROKEN_QUOTES = "broken quotes"
    BROKEN_LINE = "broken line"

    @property
    def is_end(self) -> bool:
        return self in (RowPosition.END, RowPosition.BROKEN_QUOTES, RowPosition.BROKEN_LINE)


def find_row_end(piece: bytes, at: RowPosition, delimiter: int) -> tuple[RowPosition, int]:
    """Advance through a piece of a row from state `at`. Return the new state and how many bytes belong to the row."""
    plain_end = re.compile(b"[\r\n" + bytes([delimiter]) + b"]")
    place = 0
    while place < len(piece) and not at.is_end:
        if at is RowPosition.QUOTED:
            place = piece.find(QUOTE, place)
        elif at is RowPosition.PLAIN:
            found = plain_end.search(piece, place)
            place = found.start() if found else -1
        if place < 0:
            return at, len(piece)
        at = advance_state(at, piece[place], delimiter)
        place += 1
    return at, place


def advance_state(at: RowPosition, byte: int, delimiter: int) -> RowPosition:
    """Return the next state, as Python's csv module in strict mode would."""
    if at is RowPosition.QUOTED:
        return RowPosition.QUOTE_IN_QUOTED if byte == QUOTE else RowPosition.QUOTED
    if byte == NEWLINE:
        return RowPosition.END
    if byte == RETURN:
        return RowPosition.RETURN
    if at is RowPosition.RETURN:
        return RowPosition.BROKEN_LINE
    if byte == delimiter:
        return RowPosition.FIELD_START
    if byte == QUOTE and at is not RowPosition.PLAIN:
        return RowPosition.QUOTED
    return RowPosition.BROKEN_QUOTES if at is RowPosition.QUOTE_IN_QUOTED else RowPosition.PLAIN
