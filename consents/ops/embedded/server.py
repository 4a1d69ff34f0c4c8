"""The address of a running server."""

from dataclasses import dataclass
from pathlib import Path

SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name: the server listens on no network address


@dataclass(frozen=True)
class Server:
    """A running server: its data, and the folder of its socket, which libpq and Django take as the host."""

    data: Path
    socket_dir: Path
    port: int = PORT

    def dsn(self, user: str, dbname: str) -> str:
        """Return the connection string for libpq and psycopg."""
        from psycopg.conninfo import make_conninfo  # the keeper, which connects to nothing, does without psycopg

        return make_conninfo(host=str(self.socket_dir), port=self.port, user=user, dbname=dbname)
