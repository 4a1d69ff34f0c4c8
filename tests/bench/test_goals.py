"""The bench says of each goal what was measured and whether it is met."""

from consents.ops.bench.goals import PAGE_GOALS, judge_all, render_goals
from consents.ops.bench.load import Figures
from consents.ops.bench.scenarios import Token, build_scenarios
from consents.ops.bench.table import BenchResult, MeasuredImport, MeasuredPage, MeasuredPair

BARE = Figures(rate=800, p50=1, p95=2, most=3)


def page(clients: int, **figures: float) -> MeasuredPage:
    portal = Figures(**({"rate": 460, "p50": 3.4, "p95": 5, "most": 9} | figures))
    return MeasuredPage("home page", queries=2, clients=clients, processor=3, portal=portal, floor=BARE)


def choice(rate: float) -> MeasuredPair:
    return MeasuredPair("choice recorded", 8, Figures(rate, 1, 2, 3), Figures(1000, 1, 2, 3))


def test_it_tells_what_is_met_and_what_is_missed():
    text = render_goals(judge_all(BenchResult(pages=[page(1), page(8, rate=440)], acts=[choice(300), choice(200)])))

    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines == [
        "goal wanted measured",
        "home page, p50 ms alone ≤ 3.5 3.40 met",
        "home page, statements ≤ 4 2.00 met",
        "home page, a second for 8 ≥ 450 440.00 missed",
        "home page, ratio to a bare page ≥ 0.6 0.55 missed",
        "choice recorded, ratio at 8 ≥ 0.25 0.30 met",
        "choice recorded, ratio at 8 ≥ 0.25 0.20 missed",
        "3 of 6 goals met",
    ]


def test_it_judges_an_import_that_lasts_longer_than_the_start_of_the_command():
    imports = [MeasuredImport(10_000, 5, 4, 120), MeasuredImport(100_000, 12, 9, 120)]

    (judged,) = judge_all(BenchResult(imports=imports))

    assert judged.what == "import of 100,000, rows a second" and judged.is_met


def test_it_has_a_goal_for_each_page_that_is_measured(db):
    assert {scenario.name for scenario in build_scenarios([], [], Token("", ""))} == {*PAGE_GOALS}


def test_it_prints_nothing_where_no_goal_was_measured():
    assert render_goals(judge_all(BenchResult())) == ""
