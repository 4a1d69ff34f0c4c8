"""The embedded PostgreSQL: the server a clone brings along, so that two commands are enough.

Every process that needs the database calls `ensure_running(var)`; the first one starts the server, the others join it,
and the last one to leave stops it; where that one was killed, a guard does. Nothing is done at import, and Django is
not needed: settings call this.
"""

from consents.core.embedded.binaries import binary
from consents.core.embedded.errors import CannotStart
from consents.core.embedded.membership import ensure_running, keep_running, release
from consents.core.embedded.server import Server

__all__ = ["CannotStart", "Server", "binary", "ensure_running", "keep_running", "release"]
