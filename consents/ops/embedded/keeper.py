"""Keep the server of a home running while anybody uses it: `python -m consents.ops.embedded.keeper HOME`.

One process for each server. It belongs to nobody, so that neither Ctrl-C nor the end of its starter reaches it. What
keeps the server from starting it writes to its standard output, which it closes once the server is ready.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from consents.ops.embedded import cluster, locks
from consents.ops.embedded.errors import CannotStart, explain_system_error
from consents.ops.embedded.home import Home
from consents.ops.embedded.membership import read_start_seconds

_PAUSE = 0.25
_RETRY_SECONDS = 5


def keep_server(home: Home) -> None:
    """Start the server unless another keeper does, and look after it until its last user is gone."""
    users, place = home.open_file(locks.USERS), home.open_file(locks.KEEPER)
    if not locks.try_exclusive_lock(place):
        return
    if refusal := start_missing(home):
        sys.stdout.write(refusal)
        return
    sys.stdout.flush()
    os.dup2(2, 1)  # the log: whoever started us reads to the end
    # A folder that was removed takes its server with it, and another may have been made in its place.
    while os.fstat(users).st_nlink:
        if locks.try_exclusive_lock(users):
            cluster.stop_server(home)
            os.close(place)  # before the users' file: whoever is waiting for that must find this place free
            return
        if not cluster.is_alive(home) and not restart_server(home, users):
            locks.release_lock(place)  # whoever joins now tries it for itself, and is told what is in the way
            time.sleep(_RETRY_SECONDS)
            if not locks.try_exclusive_lock(place):
                return
        time.sleep(_PAUSE)
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


def start_missing(home: Home) -> str:
    """Start the server unless it runs; return what keeps it from starting."""
    try:
        if cluster.find_server(home) is None:
            cluster.start_server(home, read_start_seconds())
    except CannotStart as refusal:
        return str(refusal)
    except OSError as error:
        return str(explain_system_error(error, home.path))
    return ""


def restart_server(home: Home, users: int) -> bool:
    """Start a server that has died, unless its last user is just stopping it. Return False when it does not start."""
    if not locks.try_shared_lock(users):
        return True
    refusal = start_missing(home)
    locks.release_lock(users)
    with suppress(OSError):  # the disk may be full
        print(refusal or "The server had died and was started again.", file=sys.stderr, flush=True)
    return not refusal


if __name__ == "__main__":
    if os.fork() == 0:
        keep_server(Home(Path(sys.argv[1])))
