"""Tests that the loop of a developer leaves out for what they cost, besides those whose place says so.

`slow.txt` lists them; `pytest --find-slow` runs what it is asked for and writes the list anew, of these files alone.
"""

from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
from django.db import connections

LIST = Path(__file__).with_name("slow.txt")
LIMIT = 0.08  # seconds of processor, of a test, the programs it ran and its database, over its parameters
COST = "seconds of processor"


def read_slow_tests() -> frozenset[str]:
    return frozenset(LIST.read_text().splitlines())


def get_name(nodeid: str) -> str:
    """Return the name of a test without its parameters: all of them are in the loop, or none."""
    return nodeid.partition("[")[0]


def measure_processor() -> float:
    processes = [psutil.Process()]
    if (database := connections["default"].connection) and not database.closed:
        processes.append(psutil.Process(database.info.backend_pid))
    return sum(sum(process.cpu_times()[:4]) for process in processes)  # with children that have ended


class Finder:
    """Plugin of `--find-slow`: each worker measures its tests, the one that began them writes the list."""

    def __init__(self) -> None:
        self.costs: dict[str, list[float]] = defaultdict(list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        begun = measure_processor()
        try:
            return (yield)
        finally:
            item.user_properties.append((COST, measure_processor() - begun))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.costs[get_name(report.nodeid)] += [cost for name, cost in report.user_properties if name == COST]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            return
        files = {name.partition("::")[0] for name in self.costs}
        others = {name for name in read_slow_tests() if name.partition("::")[0] not in files}
        slow = {name for name, costs in self.costs.items() if sum(costs) / len(costs) > LIMIT}
        LIST.write_text("".join(f"{name}\n" for name in sorted(others | slow)))
