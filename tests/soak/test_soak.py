"""Half a minute of a soak with kills; the long one is `uv run python -m tests.soak --minutes 10`."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("interruptible")
ROOT = Path(__file__).resolve().parents[2]


def test_half_a_minute_of_kills_is_survived(request):
    seed = str(request.config.getoption("seed"))
    command = [sys.executable, "-m", "tests.soak", "--minutes", "0.4", "--seed", seed]

    soak = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    print(soak.stdout)
    assert (soak.returncode, soak.stdout.splitlines()[-1:]) == (0, ["All is well."]), soak.stderr
