"""Hold what was measured against what is wanted of a page and of an act."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consents.ops.bench.table import BenchResult, MeasuredPage, align_columns

ALONE, CROWD = 1, 8  # clients: how long a page takes one of them, how many pages a crowd gets


@dataclass(frozen=True)
class PageGoal:
    """Says what a page must reach: milliseconds alone, pages a second for a crowd, statements, ratio to a bare page."""

    p50: float
    rate: float
    queries: int | None = None
    ratio: float | None = None


READING = PageGoal(p50=3.5, rate=450, queries=4, ratio=0.6)
ACTING = PageGoal(p50=7, rate=250)
PAGE_GOALS = {
    "home page": READING,
    "request page": READING,
    "choices": READING,
    "who looked": READING,
    "answer": ACTING,
    "stop": ACTING,
    "withdraw": ACTING,
    "give": ACTING,
    "open data": ACTING,
}
# Share of the rate of the plain statements that an act is compared with, by how many clients.
ACT_GOALS = {("choice recorded", CROWD): 0.25, ("whole opening", CROWD): 0.4, ("ledger append", CROWD): 0.6}
ROWS_A_SECOND, LEAST_ROWS = 8000, 100_000  # of an import; of fewer rows the start of the command would be measured


@dataclass(frozen=True)
class Judgement:
    """One goal and what was measured; `is_most`: the goal is the most there may be, else the least."""

    what: str
    goal: float
    measured: float
    is_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured <= self.goal if self.is_most else self.measured >= self.goal

    def render_row(self) -> list[str]:
        sign = "≤" if self.is_most else "≥"
        return [self.what, f"{sign} {self.goal:g}", f"{self.measured:,.2f}", "met" if self.is_met else "missed"]


def judge_all(measured: BenchResult) -> list[Judgement]:
    pages = [judgement for row in measured.pages for judgement in judge_page(row)]
    acts = [
        Judgement(f"{row.act}, ratio at {row.clients}", goal, row.ratio)
        for row in measured.acts
        if (goal := ACT_GOALS.get((row.act, row.clients)))
    ]
    imports = [
        Judgement(f"import of {row.rows:,}, rows a second", ROWS_A_SECOND, row.rate)
        for row in measured.imports
        if row.rows >= LEAST_ROWS
    ]
    return [*pages, *acts, *imports]


def judge_page(row: MeasuredPage) -> Iterator[Judgement]:
    goal = PAGE_GOALS[row.page]
    if row.clients == ALONE:
        yield Judgement(f"{row.page}, p50 ms alone", goal.p50, row.portal.p50, is_most=True)
        if goal.queries:
            yield Judgement(f"{row.page}, statements", goal.queries, row.queries, is_most=True)
    if row.clients == CROWD:
        yield Judgement(f"{row.page}, a second for {CROWD}", goal.rate, row.portal.rate)
        if goal.ratio:
            yield Judgement(f"{row.page}, ratio to a bare page", goal.ratio, row.ratio)


def render_goals(judged: Sequence[Judgement]) -> str:
    """Render the table, and how many goals are met; nothing where none was measured."""
    if not judged:
        return ""
    met = sum(judgement.is_met for judgement in judged)
    lines = [["goal", "wanted", "measured", ""], *(judgement.render_row() for judgement in judged)]
    return f"{align_columns(lines)}\n{met} of {len(judged)} goals met"
