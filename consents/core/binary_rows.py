"""Encode arrays whole, as PostgreSQL reads them: psycopg asks for the type of each element, which for the rows of an
import takes as long as sealing them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from struct import Struct
from typing import Any, Self
from uuid import UUID

from django.db import connection
from psycopg import postgres
from psycopg.abc import Buffer, PyFormat
from psycopg.adapt import Dumper, RecursiveDumper
from psycopg.pq import Format

pack_length = Struct(">i").pack
pack_bigint = Struct(">q").pack
pack_int = Struct(">i").pack
NO_ELEMENTS = Struct(">iiI").pack  # dimensions, 1 where an element is null, type of the elements
ELEMENTS = Struct(">iiIii").pack  # the same, and of the only dimension: how many, and the number of the first
JSONB = b"\x01"  # the version of what follows


class BinaryArray(bytes):
    """An array in PostgreSQL's binary format. `oid`: its type. `spell`: returns its values for a connection that binds
    on this side, and sends text.
    """

    oid: int
    spell: Callable[[], list[Any]]

    @classmethod
    def of(cls, type_name: str, elements: Sequence[bytes], spell: Callable[[], list[Any]]) -> Self:
        """Encode elements, none of them null, each already as PostgreSQL reads its type."""
        info = postgres.types[type_name]
        head = ELEMENTS(1, 0, info.oid, len(elements), 1) if elements else NO_ELEMENTS(0, 0, info.oid)
        measured = zip(map(pack_length, map(len, elements)), elements, strict=True)
        array = cls(b"".join([head, *chain.from_iterable(measured)]))
        array.oid, array.spell = info.array_oid, spell
        return array


class BinaryArrayDumper(Dumper):
    format = Format.BINARY

    def get_key(self, obj: BinaryArray, format: PyFormat) -> Any:
        return self.cls, obj.oid

    def upgrade(self, obj: BinaryArray, format: PyFormat) -> Dumper:
        dumper = type(self)(self.cls)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: BinaryArray) -> bytes:
        return obj


class TextArrayDumper(RecursiveDumper):
    def dump(self, obj: BinaryArray) -> Buffer | None:
        values = obj.spell()
        return self._tx.get_dumper(values, PyFormat.TEXT).dump(values)


@contextmanager
def open_array_cursor() -> Iterator[Any]:
    """Open a cursor that takes a BinaryArray for a parameter, where the statement has `%b` and a cast."""
    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(BinaryArray, TextArrayDumper)
        cursor.adapters.register_dumper(BinaryArray, BinaryArrayDumper)
        yield cursor


def encode_uuids(ids: Iterable[UUID]) -> BinaryArray:
    values = list(ids)
    return BinaryArray.of("uuid", [id.bytes for id in values], lambda: values)


def encode_texts(texts: Iterable[str]) -> BinaryArray:
    values = list(texts)
    return BinaryArray.of("text", [text.encode() for text in values], lambda: values)


def encode_bigints(numbers: Iterable[int]) -> BinaryArray:
    values = list(numbers)
    return BinaryArray.of("int8", [pack_bigint(number) for number in values], lambda: values)


def encode_ints(numbers: Iterable[int]) -> BinaryArray:
    values = list(numbers)
    return BinaryArray.of("int4", [pack_int(number) for number in values], lambda: values)


def encode_bytes(values: Iterable[bytes]) -> BinaryArray:
    elements = list(values)
    return BinaryArray.of("bytea", elements, lambda: elements)


def encode_json(texts: Iterable[bytes]) -> BinaryArray:
    """Encode JSON texts in UTF-8 as an array of jsonb."""
    elements = list(texts)
    return BinaryArray.of("jsonb", [JSONB + text for text in elements], lambda: [text.decode() for text in elements])


pack_count = Struct(">h").pack
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
