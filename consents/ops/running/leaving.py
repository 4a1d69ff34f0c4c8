"""Stop one of several machines without losing a request: say so, ask the proxy to pass on, and only then stop.

Who starts the web processes puts a file for each stage into a folder, and they look before each answer:

1. `leaving`: `/readyz` says so, and every answer closes its connection, so that none is left on which a form could be
   lost. A proxy that asks `/readyz` sends nothing more; any other has the time to forget that it could not reach the
   machine that was restarted before this one.
2. `passing_on`: pages are answered with PASS_ON_STATUS, on which nginx asks the next machine and passes this one over
   for a while. A form that was sent is sent nowhere else, so it is still answered.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

VARIABLE = "CONSENT_STAGES"
LEAVING, PASSING_ON = "leaving", "passing_on"
PASSING_ON_SECONDS = 1.0
# Not 503, which the crowd of one address can bring about: it would let a stranger shut machine after machine.
PASS_ON_STATUS = 502
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class Stage(NamedTuple):
    """A stage of leaving: the file that announces it, and how long it lasts."""

    mark: Path
    seconds: float


@contextmanager
def prepare_leaving(seconds: float) -> Iterator[list[Stage]]:
    """Yield the stages of leaving, the first of which lasts so many seconds; none for 0, to stop at once."""
    with tempfile.TemporaryDirectory(prefix="portal-stages-") as folder:
        stages = [Stage(Path(folder) / LEAVING, seconds), Stage(Path(folder) / PASSING_ON, PASSING_ON_SECONDS)]
        yield stages if seconds else []


def build_stages_environment(stages: list[Stage]) -> dict[str, str]:
    """Build what lets a web process find the stages."""
    return {VARIABLE: str(stages[0].mark.parent)} if stages else {}


def is_leaving() -> bool:
    return has_reached_stage(LEAVING)


def is_passing_on() -> bool:
    return has_reached_stage(PASSING_ON)


def find_leaving_status(path: str, method: str) -> int | None:
    """Return the status that a machine about to stop answers with; None for what it answers as ever."""
    if not is_leaving():
        return None
    if path == "/readyz":
        return 503
    return PASS_ON_STATUS if method in SAFE_METHODS and is_passing_on() else None


def close_when_leaving(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Have the connection closed with its answer, so that the proxy sends nothing into one that is about to go."""
    return [*headers, ("connection", "close")] if is_leaving() else headers


def has_reached_stage(name: str) -> bool:
    folder = os.environ.get(VARIABLE)
    return folder is not None and Path(folder, name).exists()
