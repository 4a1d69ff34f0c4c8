"""The workers of a run fork from one process that has imported and collected the tests: once, instead of by each.

xdist begins each worker as a Python of its own, with ten seconds of a processor until its first test. Here it asks the
collector for it: a session that stops before its first test, and goes on in as many children as are asked for. What it
said until there, that so many tests were collected, each child says to xdist as if it had collected them itself.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from _pytest.config import _prepareconfig
from _pytest.tmpdir import TempPathFactory
from execnet import gateway_io
from execnet.gateway_base import ExecModel, Popen2IO, get_execmodel
from execnet.xspec import XSpec

COLLECT = "import sys; sys.path[:] = {path!r}; from tests.forking import collect; collect({arguments!r}, {descriptor})"
HAND_OVER = "from tests.forking import hand_over; hand_over(channel)"
COLLECTOR = "collector"  # its place among the workers
PID_BYTES = 4
EXIT_SECONDS = 60  # for what a worker does at its end, as the last one to stop the database
# From the thread of a worker that listens to xdist to the one that runs tests, and back.
handed: SimpleQueue[Any] = SimpleQueue()
finished = threading.Event()


class Worker(Popen2IO):
    """A forked process as xdist knows one that it has started itself."""

    def __init__(self, pid: int, asked: int, answered: int, execmodel: ExecModel) -> None:
        super().__init__(os.fdopen(asked, "wb"), os.fdopen(answered, "rb"), execmodel)
        self.pid = pid

    def wait(self) -> None:
        """It has ended its output; the collector waits for the rest."""

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, 9)


def can_fork(config: pytest.Config, workers: int) -> bool:
    """Not one worker alone, nor where coverage is measured, from the beginning of each."""
    return sys.platform == "linux" and workers > 1 and not config.getoption("cov_source", None)


class ForkedWorkers:
    """Plugin of the process that begins the run."""

    def pytest_xdist_setupnodes(self, config: pytest.Config, specs: list[XSpec]) -> None:
        if not can_fork(config, len(specs)):
            return
        self.workers: list[Worker] = []
        self.way, theirs = socket.socketpair()
        order = {"path": sys.path, "arguments": [str(one) for one in config.invocation_params.args]}
        program = COLLECT.format(**order, descriptor=theirs.fileno())
        with theirs:
            self.collector = subprocess.Popen(
                [sys.executable, "-c", program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        config.add_cleanup(self.close)
        self.start_as_xdist_does = gateway_io.create_io
        gateway_io.create_io = self.start

    def start(self, spec: XSpec, execmodel: ExecModel) -> Popen2IO:
        """Where nothing was collected, the worker that is started otherwise says why."""
        read, asked = os.pipe()
        answered, write = os.pipe()
        try:
            socket.send_fds(self.way, [b"."], [read, write])
            self.forked = self.way.recv(PID_BYTES)
        except OSError:
            self.forked = b""
        finally:
            os.close(read)
            os.close(write)
        if self.forked:
            self.workers.append(Worker(int.from_bytes(self.forked), asked, answered, execmodel))
            return self.workers[-1]
        os.close(asked)
        os.close(answered)
        return self.start_as_xdist_does(spec, execmodel)

    def pytest_xdist_getremotemodule(self) -> str | None:
        return HAND_OVER if getattr(self, "forked", b"") else None

    def close(self) -> None:
        gateway_io.create_io = self.start_as_xdist_does
        self.way.close()
        try:
            self.collector.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            for worker in self.workers:
                worker.kill()
            self.collector.wait()


class Kept:
    """Stands for the way to xdist until there is one."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(execmodel=get_execmodel("main_thread_only"))
        self.said: list[object] = []

    def send(self, event: object) -> None:
        self.said.append(event)


class Collector:
    """Plugin of the session that is forked."""

    def __init__(self, interactor: Any, way: socket.socket) -> None:
        self.interactor = interactor
        self.way = way

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Fork, until nobody asks any more; in each child, go on to the tests."""
        assert psutil.Process().num_threads() == 1, "What the tests import has begun a thread: it would not be forked"
        workers = []
        while descriptors := socket.recv_fds(self.way, 1, 2)[1]:
            sys.stdout.flush()
            if (pid := os.fork()) == 0:
                self.become_worker(session.config, *descriptors)
                return None
            for descriptor in descriptors:
                os.close(descriptor)
            self.way.sendall(pid.to_bytes(PID_BYTES))
            workers.append(pid)
        for pid in workers:
            os.waitpid(pid, 0)
        return True

    def become_worker(self, config: pytest.Config, read: int, write: int) -> None:
        self.way.close()
        capturing = config.pluginmanager.getplugin("capturemanager")
        capturing.stop_global_capturing()  # into files that all children would share
        self.listen(read, write)
        channel, workerinput, options = handed.get()
        capturing.start_global_capturing()
        capturing.suspend_global_capture()
        os.environ["PYTEST_XDIST_TESTRUNUID"] = workerinput["testrunuid"]
        os.environ["PYTEST_XDIST_WORKER"] = workerinput["workerid"]
        os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(workerinput["workercount"])
        config.workerinput.update(workerinput)
        config.option.basetemp = options["basetemp"]
        config._tmp_path_factory = TempPathFactory.from_config(config, _ispytest=True)
        said = self.interactor.channel.said
        self.interactor.channel = channel
        self.interactor.workerid, self.interactor.testrunuid = workerinput["workerid"], workerinput["testrunuid"]
        for event in said:
            channel.send(event)

    def listen(self, read: int, write: int) -> None:
        """As the Python that xdist starts: it runs what it reads first."""
        for descriptor, place in ((read, 0), (write, 1)):
            os.dup2(descriptor, place)
            os.close(descriptor)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        self.listener = threading.Thread(target=exec, args=[eval(sys.stdin.readline()), {}])
        self.listener.start()


def hand_over(channel: Any) -> None:
    """What a forked worker runs instead of a session from the beginning."""
    workerinput, _arguments, options, _path = channel.receive()
    handed.put((channel, workerinput, options))
    finished.wait()


def send_what_counts(send: Callable[..., None], event: str, **about: Any) -> None:
    """Of the six messages of a test, xdist needs two: how it came out, and that it is done. Leave out the others, but
    for a setup or a teardown that did not pass."""
    report = about.get("data", {})
    is_usual = report.get("when") in ("setup", "teardown") and report["outcome"] == "passed"
    if event not in ("logstart", "logfinish") and not is_usual:
        send(event, **about)


def collect(arguments: list[str], descriptor: int) -> None:
    """The program of the collector, and with it of the workers."""
    config = _prepareconfig(arguments)
    from xdist import remote  # pytest rewrites it first

    remote.setup_config(config, basetemp=None)
    config.workerinput = {"workerid": COLLECTOR, "testrunuid": ""}
    config.workeroutput = {}
    remote.interactor = remote.WorkerInteractor(config, Kept())
    if config.getoption("durations") is None and not config.getoption("xmlpath", None):
        remote.interactor.sendevent = partial(send_what_counts, remote.interactor.sendevent)
    collector = Collector(remote.interactor, socket.socket(fileno=descriptor))
    config.pluginmanager.register(collector, COLLECTOR)
    with suppress(KeyboardInterrupt):  # five seconds after the end of the run, if it is not at its own by then
        config.hook.pytest_cmdline_main(config=config)
    finished.set()
