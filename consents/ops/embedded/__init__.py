"""The embedded PostgreSQL: the server a clone brings along, so that two commands are enough.

Every process that needs the database calls `ensure_running(var)`. The first call starts a keeper, a process that
belongs to nobody: it starts the server, starts it again when it dies, and stops it when its last user is gone, even one
that was killed. Nothing happens at import, and Django is not needed.
"""

from consents.ops.embedded.binaries import find_program
from consents.ops.embedded.errors import CannotStart
from consents.ops.embedded.membership import ensure_running, release_server
from consents.ops.embedded.server import Server

__all__ = ["CannotStart", "Server", "ensure_running", "find_program", "release_server"]
