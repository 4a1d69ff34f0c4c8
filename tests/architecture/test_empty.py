"""Each test on committed rows begins with an empty database, or the same world; guarded as it was migrated."""

from psycopg import sql

from consents.core.owner import as_owner
from tests.cast import build_world, make_customer
from tests.ground import empty_as_owner, ground, script_of

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
    empty_as_owner()  # counters stand where tests left them that were rolled back
    first = build_world()

    empty_as_owner()

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

    ground.lay(is_peopled=True)

    with as_owner() as owner, owner.cursor() as cursor:
        assert asked(cursor, GUARDS) == guards
        assert script_of(cursor) == ground.script
    assert ground.cast().ada.customer == real_world.ada.customer != real_world.ben.customer
