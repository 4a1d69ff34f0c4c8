"""A second, slower look at a row that the CSV reader gave up on: where it ends, or that its quotes are broken."""

import re
from enum import Enum

QUOTE, NEWLINE, RETURN = b'"\n\r'


class At(Enum):
    """Where in a row a byte stands."""

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
        return self in (At.END, At.BROKEN_QUOTES, At.BROKEN_LINE)


def walk(piece: bytes, at: At, delimiter: int) -> tuple[At, int]:
    """Go through a piece of a row from `at` on; where that leads, and how many bytes of the piece belong to the row."""
    plain_end = re.compile(b"[\r\n" + bytes([delimiter]) + b"]")
    place = 0
    while place < len(piece) and not at.is_end:
        if at is At.QUOTED:
            place = piece.find(QUOTE, place)
        elif at is At.PLAIN:
            found = plain_end.search(piece, place)
            place = found.start() if found else -1
        if place < 0:
            return at, len(piece)
        at = step(at, piece[place], delimiter)
        place += 1
    return at, place


def step(at: At, byte: int, delimiter: int) -> At:
    """As Python's csv module moves in its strict mode."""
    if at is At.QUOTED:
        return At.QUOTE_IN_QUOTED if byte == QUOTE else At.QUOTED
    if byte == NEWLINE:
        return At.END
    if byte == RETURN:
        return At.RETURN
    if at is At.RETURN:
        return At.BROKEN_LINE
    if byte == delimiter:
        return At.FIELD_START
    if byte == QUOTE and at is not At.PLAIN:
        return At.QUOTED
    return At.BROKEN_QUOTES if at is At.QUOTE_IN_QUOTED else At.PLAIN
