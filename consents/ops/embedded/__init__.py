"""The embedded PostgreSQL: the server a clone brings along, so that two commands are enough.

Every process that needs the database calls `ensure_running(var)`: it starts the server in `var/postgres`, or joins it.
The last process to leave stops it; a server whose users were all killed stays until the next one joins and leaves.
"""

from consents.ops.embedded.cluster import ensure_running, find_program, release_server
from consents.ops.embedded.errors import CannotStart
from consents.ops.embedded.server import Server

__all__ = ["CannotStart", "Server", "ensure_running", "find_program", "release_server"]
