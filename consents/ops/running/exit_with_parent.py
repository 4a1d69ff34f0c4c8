"""Run a module that ends with whoever started it: `python -m consents.ops.running.exit_with_parent MODULE ARGUMENTS…`.

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


def exit_after(wait: Callable[[], object]) -> None:
    """Ask this process to stop once the call has returned; end it when it does not heed."""

    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    # Until a program has its own way to stop, it exits in order: others may wait for what it holds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    threading.Thread(target=watch, name="exit with parent", daemon=True).start()


def exit_with_multiprocessing_parent() -> None:
    """Tie a process that multiprocessing started, such as one of the web server's own; do nothing in any other."""
    if parent := multiprocessing.parent_process():
        exit_after(parent.join)


if __name__ == "__main__":
    exit_after(lambda: os.read(0, 1))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
