"""Keep what is prepared over a rollback, which psycopg forgets: after each refusal all of it would be planned anew.

psycopg does so for what a transaction made and took back. The application makes no types, and PostgreSQL itself plans
again where a table or a rule has changed.
"""

from collections.abc import Sequence

from psycopg import Connection, _queries
from psycopg._preparing import Key, Prepare, PrepareManager
from psycopg.pq.abc import PGresult

# After these the server no longer knows it.
FORGETTING = (b"DISCARD ALL", b"DEALLOCATE ALL")
# Letters and parameters of the longest statement whose placeholders psycopg looks for once: one that reads a whole page
# is the same each time.
_queries.MAX_CACHED_STATEMENT_LENGTH, _queries.MAX_CACHED_STATEMENT_PARAMS = 65536, 200


class LastingStatements(PrepareManager):
    def clear(self) -> bool:
        """Forget nothing: psycopg calls this after a rollback."""
        return False

    def _should_discard(self, prep: Prepare, results: Sequence[PGresult], *_matching: object) -> bool:
        return any(result.command_status in FORGETTING for result in results) and super().clear()

    def validate(self, key: Key, prep: Prepare, name: bytes, results: Sequence[PGresult]) -> None:
        """Let the server forget, too, a statement that failed the first time; with a rollback it would stay there."""
        super().validate(key, prep, name, results)
        if prep is Prepare.SHOULD and self._names.get(key) != name and name not in self._to_flush:
            self._to_flush.append(name)


def keep_statements(made: Connection) -> None:
    """Let a new connection, which has prepared nothing, keep what it will."""
    lasting = LastingStatements()
    lasting.prepare_threshold = made.prepare_threshold
    made._prepared = lasting
