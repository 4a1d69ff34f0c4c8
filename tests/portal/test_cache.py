"""Rate limits are forgotten by time alone, and whoever writes to the table runs nothing."""

import base64
import pickle

import pytest
from django.core.cache import caches
from django.db import connection

from consents.core.owner import as_owner

RUN = []


def note_run() -> None:
    RUN.append("planted")


class Planted:
    def __reduce__(self):
        return note_run, ()


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


@pytest.mark.parametrize("planted", [Planted(), 1])
def test_what_others_wrote_into_the_table_is_read_as_data_and_never_run(cache, planted):
    """The application's role may write here: it must not become the process, which has the keys."""
    with connection.cursor() as cursor:
        value = base64.b64encode(pickle.dumps(planted)).decode()
        cursor.execute("INSERT INTO portal_cache VALUES (%s, %s, now() + interval '1 hour')", [":1:a", value])

    assert cache.get("a") is None and RUN == []
    cache.set("a", 2, 300)
    assert cache.get("a") == 2


@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5000, "", "{", "NaN,"])
def test_what_is_not_readable_is_not_there(cache, value):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO portal_cache VALUES (%s, %s, now() + interval '1 hour')", [":1:a", value])

    assert cache.get("a") is None
