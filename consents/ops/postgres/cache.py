"""A cache in the database that forgets nothing before its time.

Django's own counts its rows at each write, and above a limit throws rows away in the order of their keys: a flood of
new keys would reset everybody's rate limits. Here expired rows are deleted by a job (accounts.delete_expired_sessions).
"""

import base64
import pickle
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


class ExpiringCache(DatabaseCache):
    _table: str

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Write in one statement; False if there is already a row to add, none to touch, or no database."""
        database = connections[router.db_for_write(self.cache_model_class)]
        moment = self.get_backend_timeout(timeout)
        text = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        entry: dict[str, Any] = {
            "key": key,
            "value": text,
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
