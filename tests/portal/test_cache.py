"""Rate limits are forgotten by time alone."""

import pytest
from django.core.cache import caches

from consents.core.owner import as_owner


@pytest.fixture
def cache(db):
    return caches["default"]


def test_a_flood_of_keys_evicts_nothing(transactional_db):
    cache = caches["default"]
    cache.set("a-limit", [1, 2], 300)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_cache SELECT 'zz' || n, 'gAR9lC4=', now() + interval '1 hour' "
            "FROM generate_series(1, 100001) AS n"
        )
    try:
        cache.set("one-more", 1, 300)
        assert cache.get("a-limit") == [1, 2]
    finally:
        with as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("DELETE FROM portal_cache")


def test_what_is_set_is_there_until_it_expires(cache):
    cache.set("a", {"b": 1}, 300)
    assert cache.get("a") == {"b": 1}

    cache.set("a", 2, -1)
    assert cache.get("a") is None


def test_only_the_first_adds(cache):
    assert cache.add("a", 1, 300)
    assert not cache.add("a", 2, 300)
    assert cache.get("a") == 1


def test_an_expired_one_is_added_again(cache):
    cache.set("a", 1, -1)

    assert cache.add("a", 2, 300)
    assert cache.get("a") == 2


def test_it_is_touched_while_it_lives(cache):
    cache.set("a", 1, 300)

    assert cache.touch("a", 600)
    assert not cache.touch("b", 600)
    assert cache.get_or_set("c", 3, None) == 3 and cache.get("c") == 3
