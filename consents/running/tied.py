"""A program that ends with whoever started it: `python -m consents.running.tied MODULE ARGUMENTS…`.

Its standard input is a pipe that its starter holds open and never writes to. However the starter ends, the pipe closes,
and the program is asked to stop as if somebody had pressed Ctrl-C. Imports no Django.
"""

import multiprocessing
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable

GRACE_SECONDS = 15


def end_when(returns: Callable[[], object]) -> None:
    """Ask this process to stop once the call has returned; end it when it does not heed."""

    def watch() -> None:
        returns()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="tied", daemon=True).start()


def end_with_parent() -> None:
    """For a process that multiprocessing started, such as one of the web server's own; nothing for any other."""
    if parent := multiprocessing.parent_process():
        end_when(parent.join)
        leave_when_asked()


def leave_when_asked() -> None:
    """Until a program has its own way to stop, it leaves in order: others may wait for what it holds."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


if __name__ == "__main__":
    leave_when_asked()
    end_when(lambda: os.read(0, 1))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
