"""The database's own rules after each test that committed: as they were, or the test fails and they are made anew."""

from django.db import connection, connections, transaction

from consents.core import safeguards
from consents.core.owner import as_owner

# What a test could leave behind; a millisecond, where comparing every part with the record takes a hundred times that.
# The clock's function is made anew by every test in which time passes: of that alone the text counts.
MARK = """
SELECT sum(hashcharextended(tgenabled, oid::bigint)) FROM pg_trigger
UNION ALL SELECT sum(hash_array_extended(
        coalesce(relacl, '{}'), oid::bigint * 4 + relrowsecurity::int * 2 + relforcerowsecurity::int)) FROM pg_class
    WHERE relkind IN ('r', 'v', 'S') AND relnamespace IN ('public'::regnamespace, 'portal'::regnamespace)
UNION ALL SELECT sum(hashtextextended(
        CASE proname WHEN 'clock_offset' THEN concat(prosqlbody, proacl) ELSE xmin::text END, oid::bigint)) FROM pg_proc
    WHERE oid >= 16384 -- not PostgreSQL's own
UNION ALL SELECT sum(hashtextextended(concat(polqual, polwithcheck), oid::bigint)) FROM pg_policy
UNION ALL SELECT sum(hashint8extended(convalidated::int, oid::bigint)) FROM pg_constraint
"""


class RulesLeftChanged(Exception):
    """A test left the database's rules other than it found them."""


def read_mark() -> list[tuple[int]]:
    """Return what is the same as long as no rule is touched."""
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        return list(cursor.fetchall())


def find_changes() -> list[safeguards.Change]:
    """Return what differs from the record: nothing where a rule was only dropped and made again as it was."""
    with transaction.atomic(), connection.cursor() as cursor:
        return safeguards.find_changes(cursor)


def make_database_anew() -> None:
    """Copy the migrated database again, in place of this worker's."""
    name, template = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["TEMPLATE"]
    connections.close_all()
    with as_owner() as owner, owner._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
