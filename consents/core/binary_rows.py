"""Encode rows for COPY as PostgreSQL reads them, ahead of the statement: what is sent then is there already."""

from collections.abc import Iterable, Sequence
from datetime import date
from struct import Struct

from django.db import connection

pack_count = Struct(">h").pack
pack_length = Struct(">i").pack
ABSENT = pack_length(-1)
BEGIN, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), pack_count(-1)
FIRST_DAY = date(2000, 1, 1).toordinal()


def encode_row(cells: Sequence[bytes | None]) -> bytes:
    """Encode a row of cells, each already as PostgreSQL reads its type; None for NULL."""
    encoded = [ABSENT if cell is None else pack_length(len(cell)) + cell for cell in cells]
    return pack_count(len(encoded)) + b"".join(encoded)


def encode_date(day: date | None) -> bytes | None:
    return None if day is None else pack_length(day.toordinal() - FIRST_DAY)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Insert encoded rows of these columns."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join([BEGIN, *rows, END]))
