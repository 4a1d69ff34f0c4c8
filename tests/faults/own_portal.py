"""A whole portal of a test's own, from `manage.py serve`: own folder, database, port and mail server."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings

from consents.core import roles
from consents.ops.embedded import cluster
from consents.ops.embedded.server import SUPERUSER, Postmaster
from tests.faults.mail_server import MailServer
from tests.soak.killing import at_work
from tests.waiting import LONG_PAUSE, PATIENCE, wait_until
from tests.world.migrated import copy_migrated_data

AT_ONCE = 16  # customers who arrive
# What the queue finds twenty seconds after a worker was killed.
LONG_SILENT = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
# Unless the job of the minute waits already.
TAKE_OVER = """INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args) VALUES
('default', 'consents.tasks.retry_abandoned_jobs', 'retry_abandoned_jobs', '{"timestamp": 0}') ON CONFLICT DO NOTHING"""


@dataclass
class OwnPortal:
    var: Path
    mail: MailServer
    stage: dict[str, Any] = field(default_factory=dict)
    serving: subprocess.Popen[str] | None = None
    port: int = 0
    said: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        ours = ("PORTAL_", "DATABASE_", "DJANGO_", "PYTEST_")
        given = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return given | {
            "PORTAL_VAR": str(self.var),
            "PORTAL_MODE": "test",
            "PORTAL_STAFF_MFA": "off",
            "PORTAL_HOSTS": "localhost,127.0.0.1",
            "PORTAL_SMTP_HOST": "127.0.0.1",
            "PORTAL_SMTP_PORT": str(self.mail.port),
            "PORTAL_SMTP_TLS": "0",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }

    def run(self, *words: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=settings.BASE_DIR,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self) -> None:
        self.serving = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port), *self.options],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.serving.stdout and self.serving.stderr
        threading.Thread(target=self.listen, args=[self.serving.stderr], daemon=True).start()
        answered = re.search(r"port (\d+)", self.serving.stdout.readline())
        assert answered, "".join(self.said)
        self.port = int(answered[1])
        threading.Thread(target=self.serve_again, args=[self.serving], daemon=True).start()

    def serve_again(self, ended: subprocess.Popen[str]) -> None:
        """As systemd does with what ends by itself."""
        if ended.wait() != 0 and self.serving is ended:
            for pipe in (ended.stdout, ended.stderr):
                if pipe:
                    pipe.close()
            self.serve()

    def listen(self, lines: Any) -> None:
        with suppress(ValueError):
            self.said.extend(lines)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.serving is None:
            return
        stopping, self.serving = self.serving, None
        stopping.send_signal(how)
        stopping.wait(PATIENCE)
        for pipe in (stopping.stdout, stopping.stderr):
            if pipe:
                pipe.close()

    def arrivals(self) -> Iterator[dict[str, str]]:
        """Customers whom nobody has asked yet, without end; some at a time, so that no session ends before its use."""
        while True:
            yield from self.stage.pop("customers", ())
            self.stage |= json.loads(self.run("-m", "tests.faults.stage", "arrive", str(AT_ONCE)))

    def start_over(self) -> None:
        """`kill -9` of what runs everything: all programs end by themselves; the next one goes on at the same address
        and with the database that was left."""
        family = self.family()
        assert len(family) > 2
        self.stop(signal.SIGKILL)
        _gone, left = psutil.wait_procs(family, PATIENCE)
        assert left == []
        self.serve()

    def family(self) -> list[psutil.Process]:
        """The programs and what they started; the database server is nobody's child."""
        assert self.serving
        found = psutil.Process(self.serving.pid).children(recursive=True)
        return [process for process in found if process.name() != "postgres"]

    def victim(self, kind: str) -> psutil.Process | None:
        """The process that is "the portal itself", "the web server", "a web worker", "the worker", "the database" or "a
        database process", once it runs."""
        assert self.serving
        if kind == "the portal itself":
            return psutil.Process(self.serving.pid)
        with suppress(psutil.NoSuchProcess):
            return self.in_database(kind) if "database" in kind else self.program(kind)
        return None

    def in_database(self, kind: str) -> psutil.Process | None:
        postmaster = Postmaster.find(self.home / "data")
        if not (postmaster and postmaster.is_ready and postmaster.is_process()):
            return None
        process = psutil.Process(postmaster.pid)
        return process if kind == "the database" else at_work(process)

    def program(self, kind: str) -> psutil.Process | None:
        assert self.serving
        mark = "manage" if kind == "the worker" else "granian"
        for program in psutil.Process(self.serving.pid).children():
            if program.status() != psutil.STATUS_ZOMBIE and mark in program.cmdline():
                return next(iter(program.children()), None) if kind == "a web worker" else program
        return None

    @property
    def home(self) -> Path:
        return self.var / "postgres"

    def as_owner(self, statement: str) -> None:
        self.execute(roles.OWNER, statement)

    def as_superuser(self, statement: str) -> None:
        self.execute(SUPERUSER, statement)

    def execute(self, role: str, statement: str) -> None:
        server = cluster.find_server(self.home)
        assert server
        with psycopg.connect(server.dsn(role, "portal")) as connection:
            connection.execute(statement)

    def take_over_abandoned(self) -> None:
        """As the worker does by itself, within 80 seconds after another was killed or lost the database."""
        self.as_owner(LONG_SILENT)
        self.as_owner(TAKE_OVER)

    def all_mail_is_sent(self) -> None:
        waiting = "SELECT count(*) FROM notifications_message WHERE sent_at IS NULL"
        wait_until(lambda: self.query(waiting) == [(0,)], "every mail sent", LONG_PAUSE)

    def query(self, query: str, role: str = roles.BACKUP) -> list[tuple[Any, ...]]:
        """As the backup, which sees every row; waits for a database that is coming back."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                server = cluster.find_server(self.home)
                assert server
                with psycopg.connect(server.dsn(role, "portal")) as connection:
                    return connection.execute(query).fetchall()
            except (psycopg.OperationalError, AssertionError):
                assert time.monotonic() < until, "The database did not come back."
                time.sleep(0.05)


@contextmanager
def own_portal(on: Path | None = None) -> Iterator[OwnPortal]:
    # Not pytest's own folder, which the database's user could not enter when root runs the tests.
    var = Path(tempfile.mkdtemp(prefix="portal-faults-", dir=on))
    var.chmod(0o755)
    with MailServer() as mail:
        portal = OwnPortal(var, mail)
        try:
            # Fast only until it matters: what is acknowledged later must have reached the disk.
            copy_migrated_data(var)
            set_up = portal.run("-m", "tests.faults.stage", "set_up", str(AT_ONCE), PORTAL_POSTGRES_FAST="1")
            portal.stage = json.loads(set_up)
            portal.serve()
            yield portal
        finally:
            portal.stop()
            cluster.stop_server(portal.home)
            shutil.rmtree(var)
