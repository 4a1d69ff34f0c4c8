"""Each module of tests made ready by one worker: pytest rewrites its assertions and keeps what it wrote.

In a fresh checkout that takes twice as long as all the rest of the collection, and every worker would do it for all.
"""

import importlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parent


def import_own_share(config: pytest.Config, modules: Iterable[Path]) -> None:
    """Import first what no other worker begins with. What cannot be imported is said when it is collected."""
    worker = config.workerinput
    number = int(worker["workerid"].removeprefix("gw"))
    for path in sorted(modules)[number :: worker["workercount"]]:
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(ROOT.parent).with_suffix("").parts))
