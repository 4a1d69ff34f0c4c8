"""Nobody's name stands in a row but the one that the ledger tells: an act's own rows, with another name in them, are
refused.

Each act is done once as it is, and once more for each column with a person that it writes: somebody else with the same
rank, or who acts for the same customer, is put there as the row comes, and the act's entries stay as they are. First it
is asked about rows that are not there (`unknown_rows.py`): the scene of an act costs more than the act.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection

from consents.access.services.asking import file_access_request
from consents.core import keys
from consents.disclosures.services import read_for_statistics
from consents.people.services import holding
from consents.rights.services import looking
from tests.architecture.acts import public_acts
from tests.architecture.mutation.speaking import owner_speaking
from tests.architecture.unknown_rows import list_taken_numbers
from tests.faults.acts import ACTS
from tests.world.ground import ground
from tests.world.undoing import undone

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
TRIGGER = "CREATE TRIGGER aaa_forge BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION forge_person({})"
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
# The vault opens for a look that is committed.
COMMITTED = {read_for_statistics, looking.look_at_value}


@pytest.fixture(scope="module", autouse=True)
def forging(peopled: None, django_db_blocker) -> Iterator[None]:
    """For the whole file: triggers that come and go make every session learn every table anew."""
    with django_db_blocker.unblock():
        with owner_speaking() as owner:
            columns = owner.execute(COLUMNS).fetchall()
            owner.execute(FORGE)
            for table, names in columns:
                owner.execute(TRIGGER.format(table, ", ".join(f"'{name}'" for name in names)))
        ground.find_rules_anew()
    yield
    with django_db_blocker.unblock():
        with owner_speaking() as owner:
            owner.execute("DROP FUNCTION forge_person() CASCADE")
        ground.find_rules_anew()


def name_act(act: Callable[..., Any]) -> str:
    return f"{act.__module__}.{act.__name__}"


@pytest.mark.parametrize("act", [act for act in public_acts() if act not in COMMITTED], ids=name_act)
def test_no_other_name_and_no_number_of_nothing_stands_in_what_an_act_writes(
    act, real_world, later, tmp_path, monkeypatch
):
    keys.make_keys(tmp_path)
    call = ACTS[act](ground.cast(), later=later, folder=tmp_path)

    assert list_taken_numbers(act, call, monkeypatch) == []
    with undone():
        written = do(call, "")

    assert [column for column in sorted(closed_to(act, written)) if is_let_through(call, column, undone)] == []


def test_who_is_written_is_seen_and_another_name_comes_where_it_is_asked_for(real_world, later, tmp_path):
    call = ACTS[file_access_request](ground.cast(), later=later, folder=tmp_path)
    column = "access_accessrequest.staff_id"
    with undone():
        assert do(call, "") == [column]
    with pytest.raises(Error), undone():
        do(call, column)


@pytest.mark.parametrize("act", sorted(COMMITTED, key=name_act), ids=name_act)
def test_no_other_name_and_no_number_of_nothing_stands_in_what_an_act_commits(
    act, real_world, later, tmp_path, monkeypatch
):
    def prepare(number: int) -> Callable[[], Any]:
        later(timedelta(0))
        ground.leave()
        ground.lay()
        keys.make_keys(folder := tmp_path / str(number))
        return ACTS[act](ground.cast(), later=later, folder=folder)

    first = prepare(0)
    assert list_taken_numbers(act, first, monkeypatch) == []
    written, passed = do(first, ""), []
    for number, column in enumerate(sorted(closed_to(act, written)), 1):
        passed += [column] * is_let_through(prepare(number), column, nullcontext)

    assert passed == []


def closed_to(act: Callable[..., Any], written: list[str]) -> set[str]:
    return {column for column in {*written} - {*OPEN} if (act, column) not in OPEN_TO}


def is_let_through(call: Callable[[], Any], column: str, kept: Callable[[], AbstractContextManager[None]]) -> bool:
    try:
        with kept():
            do(call, column)
    except Error:
        return False
    return True


def do(call: Callable[[], Any], column: str) -> list[str]:
    """Return the columns with persons that were written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('forged.column', %s, false), set_config('forged.written', '', false)", [column]
        )
    call()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('forged.written')")
        return cursor.fetchone()[0].split()
