"""While one process collects the tests, a second makes what they need then: two cores have half the way to the first.

Forked from the one that collects, it makes the migrated database, and compiles the tests from the last one on until it
meets the other. What it makes is found where it would be looked for anyway: without it nothing is missing but time.
"""

import os
import select
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from _pytest.pathlib import ImportMode, import_path
from django.db import connections
from pytest_django.plugin import blocking_manager_key

from consents.ops.embedded import release_server
from tests.world.template import become_owner, ensure_template


class HeadStart:
    """Plugin of the session that collects, for the workers that are forked from it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        self.collector = os.getpid()
        ends, self.held = os.pipe()
        if (child := os.fork()) == 0:
            os.close(self.held)
            with suppress(BaseException):
                run_ahead(session.config, lambda: bool(select.select([ends], [], [], 0)[0]))
                while os.read(ends, 1):  # the server stays until the last worker has gone
                    pass
                release_server()
            os._exit(0)
        self.child = child
        os.close(ends)
        try:
            return (yield)
        finally:
            with suppress(BrokenPipeError):  # it failed: what it did not make, the workers do
                os.write(self.held, b".")

    def pytest_unconfigure(self) -> None:
        if os.getpid() == self.collector:
            os.close(self.held)
            os.waitpid(self.child, 0)


def run_ahead(config: pytest.Config, is_collected: Callable[[], bool]) -> None:
    with config.stash[blocking_manager_key].unblock():
        become_owner(connections["default"])
        ensure_template()
        connections.close_all()
    for path in reversed(list_test_files(config)):
        if is_collected():
            return
        if not is_compiled(path):
            import_path(path, mode=ImportMode.importlib, root=config.rootpath, consider_namespace_packages=False)


def list_test_files(config: pytest.Config) -> list[Path]:
    """Those that are asked for, in the order in which they are collected."""
    named = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    found = [path for place in named for path in ([place] if place.is_file() else place.rglob("test_*.py"))]
    return sorted(found)


def is_compiled(path: Path) -> bool:
    return Path(rewrite.get_cache_dir(path), f"{path.stem}{rewrite.PYC_TAIL}").exists()
