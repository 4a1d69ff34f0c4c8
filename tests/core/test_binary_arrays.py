"""An array that was encoded whole arrives as the one that psycopg would have sent."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.backends.postgresql.base import Cursor
from django.test.utils import CaptureQueriesContext

from consents.core.binary_rows import (
    copy_rows,
    encode_bigints,
    encode_bytes,
    encode_date,
    encode_ints,
    encode_json,
    encode_row,
    encode_texts,
    encode_uuids,
    open_array_cursor,
)

pytestmark = pytest.mark.django_db
IDS = [uuid4(), UUID(int=0)]
ENCODED = {
    "uuid": (encode_uuids, IDS, IDS),
    "text": (encode_texts, ["", "é", '{,}"'], ["", "é", '{,}"']),
    "bigint": (encode_bigints, [0, -1, 2**62], [0, -1, 2**62]),
    "int": (encode_ints, [0, -1, 2**31 - 1], [0, -1, 2**31 - 1]),
    "bytea": (encode_bytes, [b"", b"\0\xff"], [b"", b"\0\xff"]),
    "jsonb": (encode_json, ['{"a": "é"}'.encode(), b"{}"], ['{"a": "é"}', "{}"]),
}


@pytest.fixture(params=["the server", "this side"])
def bound(request, db, monkeypatch):
    """Let parameters be bound on the server, as the portal does, and on this side, as the owner does."""
    if request.param == "this side":
        monkeypatch.setattr(connection.connection, "cursor_factory", Cursor)


@pytest.mark.parametrize("kind", ENCODED)
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.usefixtures("bound")
def test_it_arrives_as_it_was(kind, count):
    encode, values, arriving = ENCODED[kind]
    with open_array_cursor() as cursor:
        cursor.execute(f"SELECT element FROM unnest(%b::{kind}[]) AS element", [encode(values[:count])])
        assert [list(map(read, row)) for row in cursor.fetchall()] == [[value] for value in arriving[:count]]


def read(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_two_kinds_arrive_in_one_statement():
    with open_array_cursor() as cursor:
        cursor.execute("SELECT %b::uuid[], %b::text[]", [encode_uuids(IDS), encode_texts(["a"])])
        assert cursor.fetchone() == (IDS, ["a"])


def test_a_statement_that_is_watched_is_still_sent():
    with CaptureQueriesContext(connection) as watched, open_array_cursor() as cursor:
        cursor.execute("SELECT %b::int[]", [encode_ints([7])])
        assert cursor.fetchone() == ([7],)
    assert len(watched) == 1


COLUMNS = ["id", "name", "sealed", "born_on"]
ROWS = [
    (uuid4(), "", b"", date(2000, 1, 1)),
    (uuid4(), "é\t\\N\n", b"\0\xff\\", date(1899, 12, 31)),
    (uuid4(), "Ada", None, date(9999, 12, 31)),
    (uuid4(), None, b"1", None),
]


@pytest.mark.parametrize("count", [0, 1, len(ROWS)])
def test_they_arrive_as_they_were(count):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE arriving (id uuid, name text, sealed bytea, born_on date)")
        copy_rows("arriving", COLUMNS, map(encode, ROWS[:count]))
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM arriving")
        arrived = [
            (id, name, None if sealed is None else bytes(sealed), born_on)
            for id, name, sealed, born_on in cursor.fetchall()
        ]
        cursor.execute("DROP TABLE arriving")
    assert arrived == ROWS[:count]


def encode(row) -> bytes:
    id, name, sealed, born_on = row
    return encode_row((id.bytes, None if name is None else name.encode(), sealed, encode_date(born_on)))
