"""A cache in the database that forgets nothing before its time, and holds data alone.

Django's own counts its rows at each write, and above a limit throws rows away in the order of their keys: a flood of
new keys would reset everybody's rate limits. Here expired rows are deleted by a job (accounts.delete_expired_sessions).
Django's own also unpickles what it reads, which runs whatever somebody wrote there: whoever has the application's role
would have its keys, too. Here values are JSON; what cannot be read is not there.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, connections, router

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
WRITE = """
INSERT INTO {table} (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s)
ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
"""
ADD = f"{WRITE} WHERE {{table}}.expires < now()"
TOUCH = "UPDATE {table} SET expires = %(expires)s WHERE cache_key = %(key)s AND expires >= now()"
READ = "SELECT cache_key, value FROM {table} WHERE cache_key = ANY(%(keys)s) AND expires >= now()"


class ExpiringCache(DatabaseCache):
    _table: str

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        names = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not names:
            return {}
        database = connections[router.db_for_read(self.cache_model_class)]
        with database.cursor() as cursor:
            cursor.execute(READ.format(table=database.ops.quote_name(self._table)), {"keys": list(names)})
            rows = cursor.fetchall()
        values = {}
        for name, text in rows:
            with suppress(ValueError, RecursionError):
                values[names[name]] = json.loads(text)
        return values

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Write in one statement; False if there is already a row to add, none to touch, or no database.

        Raises TypeError for what JSON cannot say.
        """
        database = connections[router.db_for_write(self.cache_model_class)]
        moment = self.get_backend_timeout(timeout)
        entry: dict[str, Any] = {
            "key": key,
            "value": json.dumps(value),
            "expires": NEVER if moment is None else datetime.fromtimestamp(moment, UTC),
        }
        statement = {"set": WRITE, "add": ADD, "touch": TOUCH}[mode]
        try:
            with database.cursor() as cursor:
                cursor.execute(statement.format(table=database.ops.quote_name(self._table)), entry)
                return bool(cursor.rowcount)
        except DatabaseError:
            if database.in_atomic_block:
                raise
            return False  # as Django's own: a cache that cannot be written is none
