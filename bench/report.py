"""Hold what was measured against what is wanted, as a table."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain


@dataclass(frozen=True)
class Goal:
    """What is wanted: milliseconds and statements at most, ratio and rate at least; None where it does not matter."""

    p50: float | None = None
    statements: int | None = None
    ratio: float | None = None
    rate: float | None = None


CUSTOMER_PAGE = Goal(p50=12, statements=12, ratio=0.5)
STAFF_PAGE = Goal(p50=30, statements=25)
ACT = Goal(p50=12)
APPEND = Goal(ratio=0.6)
IMPORT = Goal(rate=8_000)  # of 100,000: of a few, the start of the command would be judged
NONE = Goal()


@dataclass(frozen=True)
class Row:
    """One figure. `ratio`: to a bare page, or to a plain INSERT; `rate`: a second."""

    what: str
    goal: Goal
    p50: float | None = None
    statements: int | None = None
    ratio: float | None = None
    rate: float | None = None

    def list_missed(self) -> Iterator[str]:
        """Name each goal that is missed."""
        for name in ("p50", "statements"):
            wanted, measured = getattr(self.goal, name), getattr(self, name)
            if wanted is not None and measured is not None and measured > wanted:
                yield f"{name} ≤ {wanted:g}"
        for name in ("ratio", "rate"):
            wanted, measured = getattr(self.goal, name), getattr(self, name)
            if wanted is not None and measured is not None and measured < wanted:
                yield f"{name} ≥ {wanted:g}"

    def render_cells(self) -> list[str]:
        missed = list(self.list_missed())
        verdict = "missed: " + ", ".join(missed) if missed else "met" if self.goal != NONE else ""
        formats = [(self.p50, ".1f"), (self.statements, "d"), (self.ratio, ".2f"), (self.rate, ",.0f")]
        return [self.what, *("" if value is None else format(value, form) for value, form in formats), verdict]


def render(customers: int, rows: Sequence[Row]) -> str:
    """Render the table, what it was measured on, and how many goals are met."""
    table = [["", "p50 ms", "statements", "ratio", "a second", "goal"], *(row.render_cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:-1], widths[1:-1]), cells[-1]]).rstrip()
        for cells in table
    ]
    judged = [row for row in rows if row.goal != NONE]
    missed = list(chain.from_iterable(row.list_missed() for row in judged))
    python = f"Python {platform.python_version()}, Django {version('django')}"
    heading = f"{customers:,} customers, {os.cpu_count()} cores, {python}"
    met = sum(not list(row.list_missed()) for row in judged)
    return "\n".join([heading, "", *lines, "", f"{met} of {len(judged)} goals met, {len(missed)} figures missed"])
