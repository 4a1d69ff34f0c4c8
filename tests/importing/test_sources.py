"""Customers from a database, only what changed, and who is missing: nothing is lost in silence."""

import sqlite3
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from consents.notifications.models import Message
from consents.ops.importing import databases
from consents.people.models import Customer
from tests.importing.sample import HEADER, ROWS

pytestmark = pytest.mark.django_db
QUERY = """
customers = true
reference = "number"
email = "email"
changed = "changed"
query = "SELECT number, email, changed FROM people WHERE changed >= :since ORDER BY number"
"""
CHANGED = """
customers = true
reference = "CustomerId"
email = "Email"
changed = "Changed"
"""
IN_POSTGRESQL = """
customers = true
reference = "number"
email = "email"
changed = "changed"
query = '''
SELECT n AS number, {email} AS email, changed
FROM generate_series(1, {people}) AS n
    CROSS JOIN LATERAL (SELECT timestamptz '2026-11-01 08:00Z' + n * interval '1 hour') AS c (changed)
WHERE changed >= CAST(:since AS timestamptz)'''
"""


def ask_postgresql(people: int, email: str = "format('p%s@example.com', n)") -> str:
    """A mapping whose query makes its rows: nothing has to be committed at the source."""
    return IN_POSTGRESQL.format(people=people, email=email)


@pytest.fixture
def second_postgresql(settings):
    """Another database of the tests' server, by its address."""
    at = connection.settings_dict
    address = f"postgresql+psycopg://{at['USER']}@/postgres?host={quote(at['HOST'], safe='')}&port={at['PORT']}"
    settings.PORTAL_IMPORT_DATABASE = address


@pytest.fixture
def source(tmp_path, settings):
    """A database of another make, with three people in it."""
    address = tmp_path / "source.db"
    settings.PORTAL_IMPORT_DATABASE = f"sqlite:///{address}"
    with sqlite3.connect(address, autocommit=True) as database:
        database.execute("CREATE TABLE people (number INTEGER, email TEXT, changed TEXT)")
        for number in range(1, 4):
            person = number, f"p{number}@example.com", f"2026-11-0{number}T08:00:00"
            database.execute("INSERT INTO people VALUES (?, ?, ?)", person)
        yield database
    database.close()


def take_in(shop, mapping=QUERY, *options: str):
    map = shop.write("map.toml", mapping)
    with pytest.raises(SystemExit) as ended:
        call_command("import_customers", "--map", str(map), *options)
    return int(ended.value.code), shop.capsys.readouterr()


def test_it_asks_a_database(shop, source):
    code, told = take_in(shop)

    assert code == 0 and "Customers: 3 new" in told.out
    assert Customer.objects.get(reference="2").address_hash


def test_only_what_changed_comes_the_next_time(shop, source):
    since = "--since", str(shop.folder / "newest")
    take_in(shop, QUERY, *since)
    source.execute("UPDATE people SET email = 'new@example.com', changed = '2026-11-05T08:00:00' WHERE number = 1")

    _, told = take_in(shop, QUERY, *since)
    assert "2 rows read" in told.out and "1 changed, 1 unchanged" in told.out

    _, told = take_in(shop, QUERY, *since)
    assert "1 row read" in told.out and "0 changed, 1 unchanged" in told.out


def test_a_source_that_went_backwards_is_told(shop, source):
    since = "--since", str(shop.folder / "newest")
    take_in(shop, QUERY, *since)
    before = (shop.folder / "newest").read_text()
    source.execute("DELETE FROM people WHERE number = 3")

    code, told = take_in(shop, QUERY, *since)

    assert code == 1 and "may have been restored" in told.out
    assert (shop.folder / "newest").read_text() == before


def test_a_source_that_closes_in_the_middle_loses_nothing(shop, source):
    """Two whole batches are in; the same command brings the rest."""
    source.executemany(
        "INSERT INTO people VALUES (?, ?, '2026-11-06')", [(n, f"p{n}@example.com") for n in range(4, 60)]
    )
    broken = QUERY.replace(" ORDER BY number", "").replace(
        "email, changed FROM", "CASE number WHEN 55 THEN json('{') ELSE email END AS email, changed FROM"
    )
    since = "--since", str(shop.folder / "newest")

    code, told = take_in(shop, broken, "--batch", "20", *since)

    assert code == 3 and "ended in the middle" in told.err
    assert Customer.objects.count() == 40 and not (shop.folder / "newest").exists()
    assert take_in(shop, QUERY, *since)[0] == 0 and Customer.objects.count() == 59


def test_another_postgresql_is_asked_with_a_cursor_on_its_side(shop, second_postgresql, monkeypatch):
    read = count_rows_read_at_once(monkeypatch)

    code, told = take_in(shop, ask_postgresql(3000), "--batch", "1000")

    assert code == 0 and "Customers: 3,000 new" in told.out
    assert max(read) <= databases.ROWS_AT_ONCE and len(read) > 2


def count_rows_read_at_once(monkeypatch) -> list[int]:
    """Note how many rows each fetch of a cursor on the server's side brings."""
    read, fetch = [], psycopg.ServerCursor.fetchmany

    def fetch_and_count(cursor, size=0):
        rows = fetch(cursor, size)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(psycopg.ServerCursor, "fetchmany", fetch_and_count)
    return read


def test_a_postgresql_that_closes_in_the_middle_loses_nothing(shop, second_postgresql):
    """The 55th row ends the connection it is read over, as a server that is stopped does."""
    dying = ask_postgresql(60, "CASE n WHEN 55 THEN pg_terminate_backend(pg_backend_pid())::text END")
    since = "--since", str(shop.folder / "newest")

    code, told = take_in(shop, dying, "--batch", "20", *since)

    assert code == 3 and "ended in the middle" in told.err
    assert Customer.objects.exists() and not (shop.folder / "newest").exists()
    assert take_in(shop, ask_postgresql(60), *since)[0] == 0 and Customer.objects.count() == 60


def test_a_postgresql_that_went_backwards_is_told(shop, second_postgresql):
    since = "--since", str(shop.folder / "newest")
    take_in(shop, ask_postgresql(5), *since)
    before = (shop.folder / "newest").read_text()

    code, told = take_in(shop, ask_postgresql(3), *since)

    assert code == 1 and "may have been restored" in told.out
    assert (shop.folder / "newest").read_text() == before


@pytest.mark.parametrize(
    ("address", "mapping", "sentence"),
    [
        ("", QUERY, "Name one source"),
        ("nonsense", QUERY, "cannot be reached"),
        ("sqlite:////nowhere/secret-name.db", QUERY, "cannot be reached"),
        ("oracle://nobody@127.0.0.1/x", QUERY, "cannot be reached"),
        (None, QUERY.replace("FROM people", "FROM nobody"), "refuses the query"),
        (None, QUERY.replace("SELECT number, email", "SELECT number, email AS other"), "name the column “email” once"),
    ],
)
def test_a_source_that_cannot_be_asked_is_told_without_its_address(shop, source, settings, address, mapping, sentence):
    if address is not None:
        settings.PORTAL_IMPORT_DATABASE = address

    code, told = take_in(shop, mapping)

    assert code == 2 and sentence in told.err and "secret-name" not in told.err


def test_a_file_and_a_query_are_two_sources(shop, source):
    result = shop.customers(ROWS, mapping=QUERY)

    assert result.code == 2 and "Name one source" in result.err


def test_a_file_tells_what_changed_too(shop):
    since, header = str(shop.folder / "newest"), "CustomerId,Email,Changed"
    shop.customers([header, "1,a@example.com,7", "2,b@example.com,8"], "--since", since, mapping=CHANGED)

    again = [header, "1,c@example.com,7", "2,d@example.com,8", "3,e@example.com,9", "4,f@example.com,soon"]
    result = shop.customers(again, "--since", since, mapping=CHANGED)

    assert "1 row had not changed" in result.out and "1 new, 1 changed" in result.out
    assert result.rejects == [(5, "not a moment like 2026-01-31T12:00, nor a number")]
    assert '"8"' in (shop.folder / "newest").read_text()  # the rejected row shall come again


@pytest.mark.parametrize("kept", ["", "x", "[]", '{"Other": "7"}', '{"Changed": "soon"}'])
def test_a_file_that_keeps_something_else_is_refused(shop, kept):
    newest = shop.write("newest", kept)

    result = shop.customers(["CustomerId,Email,Changed", "1,,7"], "--since", str(newest), mapping=CHANGED)

    assert result.code == 2 and "does not hold" in result.err
    assert newest.read_text() == kept


def test_a_whole_list_tells_who_is_not_in_it_and_erases_nobody(shop):
    shop.customers(ROWS)
    missing = shop.folder / "missing.txt"

    result = shop.customers([HEADER, ROWS[1]], "--missing", str(missing), "--dry-run")

    assert "2 customers here are not in it" in result.out
    assert missing.read_text() == "2\n3\n" and Customer.objects.count() == 3


def test_officers_are_sent_the_report(shop, world):
    shop.customers(ROWS, "--tell-officers")

    assert Message.objects.filter(kind="account").count() == 3
