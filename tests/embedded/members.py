"""Processes that use the embedded server, and what can be seen of it from outside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from consents.ops.embedded.server import Postmaster, Server
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]

# Uses the server until its input ends; says where the server is, and after Ctrl-C whether it still answers.
STAY = """
import sys
from pathlib import Path
from consents.ops.embedded import CannotStart, ensure_running
try:
    server = ensure_running(Path(sys.argv[1]))
except CannotStart as refusal:
    sys.exit(f"refused: {refusal}")
assert ensure_running(Path(sys.argv[1])) == server
try:
    print(server.socket_dir, flush=True)
    sys.stdin.read()
except KeyboardInterrupt:
    import psycopg
    with psycopg.connect(server.dsn("postgres", "postgres")) as connection:
        print(connection.execute("SELECT 'still answering'").fetchone()[0], flush=True)
"""
# Asks for the server again at each line of its input.
AGAIN = """
import sys
from pathlib import Path
from consents.ops.embedded import ensure_running
print(ensure_running(Path(sys.argv[1])).socket_dir, flush=True)
for _ in sys.stdin:
    print(ensure_running(Path(sys.argv[1])).socket_dir, flush=True)
"""


class Member:
    """A process that uses the server until told to leave."""

    def __init__(self, var: Path, program: str = STAY, *, environment: dict[str, str] | None = None, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(var)],
            cwd=ROOT,
            env=os.environ | {"PORTAL_POSTGRES_FAST": "1"} | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def reads(self) -> str:
        return self.process.stdout.readline().strip()

    def reads_address(self) -> str:
        socket_dir = self.reads()
        assert socket_dir, self.process.stderr.read()
        return Server(Path(), Path(socket_dir)).dsn("postgres", "postgres")

    def joined(self) -> "Member":
        self.dsn = self.reads_address()
        return self

    def refusal(self) -> str:
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert errors.startswith("refused: "), errors
        return errors.removeprefix("refused: ").strip()

    def leave(self) -> int:
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


made_before = pytest.mark.usefixtures("made")  # where making a database proves nothing


def copy_data(new_data: Path, var: Path) -> Path:
    (var / "postgres").mkdir(mode=0o700, parents=True)
    shutil.copytree(new_data, var / "postgres" / "data")
    return var


def value(dsn: str, query: str):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchone()[0]


def postmaster(var: Path) -> Postmaster | None:
    return Postmaster.find(var / "postgres" / "data")


def is_stopped(var: Path) -> bool:
    data = str(var / "postgres" / "data")
    return postmaster(var) is None and not any(data in command(process) for process in psutil.process_iter())


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
