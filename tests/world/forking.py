"""Programs of a portal of its own, each a process: Django is set up once, and they are forked from there.

To start a program takes a second or two of a processor and says nothing of what it does then; to fork one, a moment.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings

COMMAND = "import runpy, sys; sys.argv = ['manage.py', *{words}]; runpy.run_path('manage.py', run_name='__main__')"
# Each line asks for a program (where its output goes, its source), or for how one has ended (its process).
FORKING = """
import json, os, sys
import django
django.setup()
for line in sys.stdin:
    output, asked = json.loads(line)
    if output is None:
        print(os.waitstatus_to_exitcode(os.waitpid(asked, 0)[1]), flush=True)
    elif child := os.fork():
        print(child, flush=True)
    else:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(output, os.O_WRONLY), 1)
        os.dup2(1, 2)
        exec(asked, {"__name__": "__main__"})
        sys.exit()
"""


class Programs:
    """Of one environment. Their outputs lie in the folder."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder, self.number = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORKING],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, output: str | None, asked: str | int) -> int:
        self.process.stdin.write(json.dumps([output, asked]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def begin(self, source: str) -> tuple[int, Path]:
        """Return the process, and where its output is."""
        self.number += 1
        output = self.folder / f"output-{self.number}"
        output.touch()
        return self.ask(str(output), source), output

    @contextmanager
    def running(self, source: str) -> Iterator[Path]:
        """A program that runs meanwhile, and is told to end; where its output is."""
        process, output = self.begin(source)
        try:
            yield output
        finally:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
            self.ask(None, process)

    def run(self, source: str) -> SimpleNamespace:
        """Run a program to its end; `.output` and `.code`."""
        process, output = self.begin(source)
        code = self.ask(None, process)
        return SimpleNamespace(output=output.read_text(), code=code)

    def command(self, *words: str) -> SimpleNamespace:
        return self.run(COMMAND.format(words=list(words)))

    def end(self) -> None:
        self.process.communicate()
