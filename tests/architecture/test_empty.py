"""Each test on committed rows begins with an empty database, or the same world; guarded as it was migrated."""

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from consents.core import safeguards
from consents.core.owner import as_owner, silence_triggers
from tests.world.cast import build_world, make_customer
from tests.world.ground import empty_tables, ground
from tests.world.in_force import RulesLeftChanged
from tests.world.rows import read_rows

GUARDS = """
SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT oid::regclass::text, relrowsecurity::text, relforcerowsecurity::text FROM pg_class WHERE relkind = 'r'
ORDER BY 1, 2, 3
"""
TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'auth_group')
"""


def asked(cursor, query) -> list:
    cursor.execute(query)
    return cursor.fetchall()


def test_nothing_is_left_and_every_guard_stands(transactional_db):
    with as_owner() as owner, owner.cursor() as cursor:
        guards = asked(cursor, GUARDS)
    empty_tables()  # counters stand where tests left them that were rolled back
    first = build_world()

    empty_tables()

    with as_owner() as owner, owner.cursor() as cursor:
        assert asked(cursor, GUARDS) == guards
        cursor.execute("ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY")
        names = [name for (name,) in asked(cursor, TABLES)]
        left = [
            name for name in names if asked(cursor, sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name)))
        ]
        cursor.execute("ALTER TABLE vault_record FORCE ROW LEVEL SECURITY")
    assert len(names) > 50 and left == []
    assert build_world().version.pk == first.version.pk


def test_the_world_is_put_back_as_it_was_built(real_world):
    make_customer("C-9", "nina@example.com")
    ground.leave()
    with as_owner() as owner, owner.cursor() as cursor:
        guards = asked(cursor, GUARDS)

    ground.lay()

    with as_owner() as owner, owner.cursor() as cursor:
        assert asked(cursor, GUARDS) == guards
    assert read_rows(ground.speak_as_superuser()) == ground.scenes[ground.CAST].rows
    assert ground.cast().ada.customer == real_world.ada.customer != real_world.ben.customer


def test_a_scene_is_built_once_and_put_back(played, transactional_db):
    def refuse(_world):
        raise AssertionError("built twice")

    make_customer("C-9", "nina@example.com")
    ground.leave()

    ground.lay_scene("played", refuse, ground.lay)

    assert read_rows(ground.speak_as_superuser()) == ground.scenes["played"].rows
    assert ground.cast().denied == played.denied


def test_a_test_that_leaves_another_rule_behind_is_named_and_the_next_finds_the_rules_in_force(transactional_db):
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_checkpoint DISABLE TRIGGER ledger_checkpoint_is_of_the_log")

    with pytest.raises(RulesLeftChanged, match=r"ledger_checkpoint\.ledger_checkpoint_is_of_the_log was changed"):
        ground.leave()

    with transaction.atomic(), connection.cursor() as cursor:
        assert safeguards.find_changes(cursor) == []
    ground.lay()
    assert ground.cast().ada.customer


def test_what_breaks_off_among_silent_triggers_leaves_them_as_they_were(transactional_db):
    with as_owner() as owner, pytest.raises(DatabaseError, match="relation"), silence_triggers(owner, "ledger_entry"):
        owner.cursor().execute("DELETE FROM nothing_of_this_name")

    with transaction.atomic(), connection.cursor() as cursor:
        assert safeguards.find_changes(cursor) == []
