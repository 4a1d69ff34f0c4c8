"""Where a running server is found."""

from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name: the server listens on no network address


@dataclass(frozen=True)
class Server:
    """A running server: its data, and the folder of its socket, which libpq and Django take as the host."""

    data: Path
    socket_dir: Path
    port: int

    def dsn(self, user: str, dbname: str) -> str:
        """Connection string for libpq and psycopg."""
        return make_conninfo(host=str(self.socket_dir), port=self.port, user=user, dbname=dbname)

    def params(self, user: str, dbname: str) -> dict[str, str]:
        """The part of a Django DATABASES entry that says where and as whom."""
        return {"HOST": str(self.socket_dir), "PORT": str(self.port), "USER": user, "NAME": dbname, "PASSWORD": ""}
