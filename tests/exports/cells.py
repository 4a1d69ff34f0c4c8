"""Cells that attack a spreadsheet, and writing them."""

from consents.exports import selectors
from consents.exports.describing import Column, Description, Type
from consents.exports.formats import FORMATS, Query
from consents.exports.rules import Dataset, Format

ATTACKS = [
    "=1+1",
    "+1-555-0100",
    "+49 30 1234567",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\u00a0=1",
    "＝1+1",
    "a\n=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
    "1E5",
    "0012",
    "1/2",
    "2026-01-02",
    "TRUE",
    "_x0041_",
    "<&>\"'",
    "\x01\x1f",
    " spaced ",
    "Größe 😀",
    "a\r\nb",
    '"quoted", and more',
    "back\\slash \\N \\.",
]


def described(*values: str, type: Type = Type.TEXT) -> Query:
    """A dataset of one column with these values."""
    column = Column("value", type, "v.value", "own", "A value.")
    number = Column("number", Type.INTEGER, "v.n", "own", "Its place.")
    rows = "FROM unnest(%(values)s::text[]) WITH ORDINALITY AS v(value, n) WHERE true"
    about = Description(Dataset.BLOCKS, "", [number, column], rows, ("number",))
    return Query(about, {"values": list(values)}, {})


def written(query: Query, format: Format) -> bytes:
    with selectors.open_snapshot() as connection:
        return b"".join(block for block, _rows in FORMATS[format].write(connection, query))
