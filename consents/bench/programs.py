"""Commands of the portal, measured as a person runs them: in a process of their own, start-up included."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil
from django.conf import settings

from consents.bench import servers

LOOK_EVERY = 0.05  # seconds, at what the process has used


@dataclass(frozen=True)
class Ran:
    """Seconds by the clock and of processor time, the most resident memory seen, and what it said."""

    code: int
    seconds: float
    processor: float
    peak_mib: float
    said: str

    @property
    def last_line(self) -> str:
        return (self.said.strip().splitlines() or ["it said nothing."])[-1]


def run(words: list[str]) -> Ran:
    with tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=servers.environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            peak, processor = watched(process)
        finally:
            process.terminate()
            process.wait()
        seconds = time.monotonic() - began
        said.seek(0)
        return Ran(process.returncode, seconds, processor, peak / 2**20, said.read())


def watched(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Peak bytes and processor seconds; returns when it has ended."""
    peak, processor = 0, 0.0
    while process.poll() is None:
        with suppress(psutil.Error):
            seen = psutil.Process(process.pid)
            peak, times = max(peak, seen.memory_info().rss), seen.cpu_times()
            processor = times.user + times.system
        time.sleep(LOOK_EVERY)
    return peak, processor
