"""Measure commands of the portal in their own process, including start-up."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil
from django.conf import settings

from consents.ops.bench import servers

LOOK_EVERY = 0.05  # seconds, at what the process has used


@dataclass(frozen=True)
class CommandResult:
    """Elapsed and processor seconds, peak resident memory, and output of a command."""

    code: int
    seconds: float
    processor: float
    peak_mib: float
    said: str

    @property
    def last_line(self) -> str:
        return (self.said.strip().splitlines() or ["it said nothing."])[-1]


def run_command(words: list[str]) -> CommandResult:
    with tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=servers.build_environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            peak, processor = watch_process(process)
        finally:
            process.terminate()
            process.wait()
        seconds = time.monotonic() - began
        said.seek(0)
        return CommandResult(process.returncode, seconds, processor, peak / 2**20, said.read())


def watch_process(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Wait for the end. Return peak bytes and processor seconds."""
    peak, processor = 0, 0.0
    while process.poll() is None:
        with suppress(psutil.Error):
            seen = psutil.Process(process.pid)
            peak, times = max(peak, seen.memory_info().rss), seen.cpu_times()
            processor = times.user + times.system
        time.sleep(LOOK_EVERY)
    return peak, processor
