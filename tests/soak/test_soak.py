"""A short soak, in which everything is killed once; the long one is `uv run python -m tests.soak --minutes 10`."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.world.migrated import ensure_migrated_data

pytestmark = pytest.mark.usefixtures("interruptible")
ROOT = Path(__file__).resolve().parents[2]


def test_a_kill_of_each_kind_is_survived(request):
    seed = str(request.config.getoption("seed"))
    # Half the clients of a long one: they take half the processor from what has to start again after each kill.
    command = [sys.executable, "-m", "tests.soak", "--minutes", "0.15", "--clients", "4", "--seed", seed]
    command += ["--data", str(ensure_migrated_data())]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as soak:
        try:
            said, told = soak.communicate(timeout=600)
        finally:
            end_family(soak)

    print(said)
    assert (soak.returncode, said.splitlines()[-1:]) == (0, ["All is well."]), told


def end_family(soak: subprocess.Popen[str]) -> None:
    """Where it took too long, its portal would run on for ever."""
    if soak.poll() is None:
        for process in [*psutil.Process(soak.pid).children(recursive=True), soak]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
