"""Nobody's name stands in a row but the one that the ledger tells: an act's own rows, with another name in them, are
refused.

Each act is done once as it is, and once more for each column with a person that it writes: somebody else with the same
rank, or who acts for the same customer, is put there as the row comes, and the act's entries stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import Error, connection
from psycopg import Connection

from consents.people.services import holding

COLUMNS = """
SELECT o.conrelid::regclass::text, array_agg(a.attname::text ORDER BY a.attname) FROM pg_constraint AS o
JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]
WHERE o.contype = 'f' AND o.confrelid IN ('people_user'::regclass, 'people_staffmember'::regclass)
GROUP BY 1
"""
# `forged.column` names what is forged; `forged.written` what was written.
FORGE = """
CREATE FUNCTION forge_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was CONSTANT jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    becomes CONSTANT jsonb := to_jsonb(NEW);
    column_ text;
    other uuid;
BEGIN
    FOREACH column_ IN ARRAY TG_ARGV LOOP
        CONTINUE WHEN becomes ->> column_ IS NOT DISTINCT FROM was ->> column_;
        PERFORM set_config('forged.written', concat_ws(' ', current_setting('forged.written', true),
                                                       TG_TABLE_NAME || '.' || column_), false);
        CONTINUE WHEN current_setting('forged.column', true) IS DISTINCT FROM TG_TABLE_NAME || '.' || column_;
        SELECT u.id INTO other FROM people_user AS u
            LEFT JOIN people_staffmember AS s ON s.user_id = u.id AND s.ended_at IS NULL
            WHERE u.id::text NOT IN (SELECT value FROM jsonb_each_text(becomes) WHERE value IS NOT NULL)
            ORDER BY s.role IS NOT DISTINCT FROM (SELECT m.role FROM people_staffmember AS m
                                                  WHERE m.user_id::text = becomes ->> column_) DESC,
                EXISTS (SELECT FROM people_acting AS a WHERE a.user_id = u.id
                          AND a.customer_id::text = becomes ->> 'customer_id' AND a.ends_at IS NULL) DESC
            LIMIT 1;
        NEW := jsonb_populate_record(NEW, jsonb_build_object(column_, other));
    END LOOP;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER aaa_forge BEFORE INSERT OR UPDATE ON {} FOR EACH ROW
    WHEN (current_setting('forged.column', true) <> '') EXECUTE FUNCTION forge_person({})
"""
# Columns in which another name may stand than the actor's, with the reason.
OPEN = {
    "catalogue_purposeversion.drafted_by_id": "who wrote of a version is read from the ledger when it is published",
    "catalogue_purposeversion_writers.user_id": "the same",
    "notifications_message.user_id": "an email tells; what happened stands in the ledger",
}
# An act that may put another name into a column, with the reason.
OPEN_TO = {
    (holding.place_hold_again, "people_legalhold.placed_by_id"): (
        "a restoration repeats in the portal's name what an officer did, whom the lost entry named"
    ),
}
NOTHING = "nothing"  # is forged: what is written is only noted


@contextmanager
def able_to_forge(owner: Connection) -> Iterator[None]:
    columns = owner.execute(COLUMNS).fetchall()
    owner.execute(FORGE)
    for table, names in columns:
        owner.execute(TRIGGER.format(table, ", ".join(f"'{name}'" for name in names)))
    yield
    owner.execute("DROP FUNCTION forge_person() CASCADE")


def find_forgeable(act: Callable[..., Any], written: list[str]) -> list[str]:
    """Of the columns that were written, those in which nobody else may stand."""
    return sorted(column for column in {*written} - {*OPEN} if (act, column) not in OPEN_TO)


def is_let_through(call: Callable[[], Any], column: str, kept: Callable[[], AbstractContextManager[None]]) -> bool:
    try:
        with kept():
            forge(call, column)
    except Error:
        return False
    return True


def forge(call: Callable[[], Any], column: str) -> list[str]:
    """Return the columns with persons that were written. To be taken back by the caller, with the forger's settings."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('forged.column', %s, false), set_config('forged.written', '', false)", [column]
        )
    call()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('forged.written')")
        return cursor.fetchone()[0].split()
