"""Rows that were encoded ahead arrive as they were."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection

from consents.core.binary_rows import copy_rows, encode_date, encode_row

pytestmark = pytest.mark.django_db
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
