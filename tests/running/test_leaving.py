"""Asked to stop, what serves behind a proxy first says so, then passes on, and only then stops."""

import os
import signal
import sys
from pathlib import Path

import pytest

from consents.ops.running import leaving
from consents.ops.running.leaving import Stage
from consents.ops.running.processes import Program, run_programs
from portal.views import render_plain_trouble

pytestmark = pytest.mark.usefixtures("interruptible")


class Mark:
    """Notes that its stage began, and may ask again to stop."""

    def __init__(self, begun: list[str], name: str, *, asks_again: bool = False) -> None:
        self.begun, self.name, self.asks_again = begun, name, asks_again

    def touch(self) -> None:
        self.begun.append(self.name)
        if self.asks_again:
            os.kill(os.getpid(), signal.SIGTERM)


def stop_through(*stages: Stage) -> None:
    run_programs(
        [Program("one", [sys.executable, "-c", "import signal; signal.pause()"])],
        environment=os.environ,
        is_ready=lambda: True,
        when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
        stages=stages,
    )


def test_it_passes_through_the_stages_in_turn():
    begun: list[str] = []

    stop_through(Stage(Mark(begun, "leaving"), 0), Stage(Mark(begun, "passing on"), 0))

    assert begun == ["leaving", "passing on"]


def test_asked_again_it_stops_at_once():
    begun: list[str] = []

    stop_through(Stage(Mark(begun, "leaving", asks_again=True), 600), Stage(Mark(begun, "passing on"), 600))

    assert begun == ["leaving"]


def test_a_web_process_sees_the_stage(monkeypatch):
    with leaving.prepare_leaving(5) as stages:
        for name, value in leaving.build_stages_environment(stages).items():
            monkeypatch.setenv(name, value)
        seen = [(leaving.is_leaving(), leaving.is_passing_on())]
        for stage in stages:
            stage.mark.touch()
            seen.append((leaving.is_leaving(), leaving.is_passing_on()))

    assert seen == [(False, False), (True, False), (True, True)]
    assert stages[0].seconds == 5 and not Path(stages[0].mark).exists()


def test_without_a_time_to_leave_there_is_no_stage():
    with leaving.prepare_leaving(0) as stages:
        assert stages == [] and leaving.build_stages_environment(stages) == {}


def test_who_is_passed_on_and_has_no_other_machine_reads_that_it_is_for_a_moment():
    assert b"Please try again in a moment" in render_plain_trouble(leaving.PASS_ON_STATUS, "en", False)
