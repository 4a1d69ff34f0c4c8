"""The embedded server: started by the first process, joined by the others, stopped by the last."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from consents.ops.embedded import CannotStart, Server, cluster, ensure_running, find_program, locks
from consents.ops.embedded.errors import explain_failure
from consents.ops.embedded.home import Home
from consents.ops.embedded.postmaster import Postmaster
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.usefixtures("interruptible")
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
# Ends when told to terminate, and leaves behind a forked child until the input ends. The child joins, too, or does not.
FORK = """
import os, signal, sys
from pathlib import Path
from consents.ops.embedded import ensure_running
print(ensure_running(Path(sys.argv[1])).socket_dir, flush=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
if os.fork():
    signal.sigwait([signal.SIGTERM])
    sys.exit()
if {child_joins}:
    ensure_running(Path(sys.argv[1]))
print("child", flush=True)
sys.stdin.read()
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


@pytest.fixture
def var(tmp_path) -> Path:
    return tmp_path / "var"


@pytest.fixture(scope="module")
def new_data(tmp_path_factory) -> Path:
    """The files of a database in which nobody has worked: to make them takes a second, to copy them a moment."""
    folder = tmp_path_factory.mktemp("made")
    assert Member(folder).joined().leave() == 0
    return folder / "postgres" / "data"


def copy_data(new_data: Path, var: Path) -> Path:
    (var / "postgres").mkdir(mode=0o700, parents=True)
    shutil.copytree(new_data, var / "postgres" / "data")
    return var


@pytest.fixture
def made(var, new_data) -> None:
    copy_data(new_data, var)


made_before = pytest.mark.usefixtures("made")  # where making a database proves nothing


@pytest.fixture
def member(var) -> Iterator[Callable[..., Member]]:
    members: list[Member] = []
    used: set[Path] = set()

    def make(program: str = STAY, *, at: Path = var, **options) -> Member:
        used.add(at)
        members.append(Member(at, program, **options))
        return members[-1]

    yield make
    for one in members:
        one.kill()
    for folder in used:
        cluster.stop_server(Home(folder / "postgres"))


def value(dsn: str, query: str):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchone()[0]


def postmaster(var: Path) -> Postmaster | None:
    return Postmaster.find(var / "postgres" / "data")


def wait_until_all_ended(var: Path) -> None:
    """To ask for a lock is quick, to look through all processes is not."""
    wait_until(lambda: not locks.has_keeper(Home(var / "postgres")), "the end of the keeper")
    wait_until(lambda: is_stopped(var) and not keepers(var), "the end of server and keeper")


def is_stopped(var: Path) -> bool:
    data = str(var / "postgres" / "data")
    return postmaster(var) is None and not any(data in command(process) for process in psutil.process_iter())


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_over(process: psutil.Process) -> bool:
    """Its command is gone before its files are closed, and with them its lock."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def keepers(var: Path) -> list[psutil.Process]:
    wanted = ["consents.ops.embedded.keeper", str(var / "postgres")]
    return [process for process in psutil.process_iter() if command(process)[-2:] == wanted]


@made_before
def test_the_last_one_out_stops_it(member, var):
    first = member().joined()
    second = member().joined()
    assert second.dsn == first.dsn

    assert first.leave() == 0
    assert value(second.dsn, "SELECT 1") == 1

    assert second.leave() == 0
    assert is_stopped(var)


def test_one_that_is_told_to_end_while_the_database_is_being_made_leaves_nothing_behind(member, var):
    joining = member()
    wait_until(lambda: list(var.glob("postgres/data.*.new/PG_VERSION")), "a database being made")

    joining.process.terminate()
    joining.process.wait(PATIENCE)

    wait_until_all_ended(var)
    assert member().joined().leave() == 0


@made_before
def test_a_server_that_dies_is_started_again(member, var):
    user = member().joined()
    died = postmaster(var).pid

    psutil.Process(died).kill()

    wait_until(lambda: (now := postmaster(var)) and now.pid != died and now.is_ready and now.is_alive(), "the next one")
    assert value(user.dsn, "SELECT 1") == 1
    user.kill()
    wait_until_all_ended(var)


@made_before
def test_a_keeper_that_dies_is_replaced_when_a_user_connects_again(member, var):
    user = member(AGAIN).joined()
    ended = [*keepers(var), psutil.Process(postmaster(var).pid)]
    for process in ended:
        process.kill()
    wait_until(lambda: all(map(is_over, ended)), "the end of server and keeper")

    user.process.stdin.write("again\n")
    user.process.stdin.flush()

    assert value(user.reads_address(), "SELECT 1") == 1
    assert len(keepers(var)) == 1


@made_before
def test_the_keeper_ends_with_the_folder_and_makes_no_file_in_it(member, var):
    member().joined()

    (var / "postgres" / "users").unlink()

    wait_until(lambda: not keepers(var), "the end of the keeper")
    assert not (var / "postgres" / "users").exists()


@made_before
def test_the_keeper_says_nothing_and_knows_no_secret(member, var):
    member(environment={"PORTAL_SMTP_PASSWORD": "hush", "PYTHONWARNINGS": "error"}).joined()

    assert [keeper.environ().keys() & {"PORTAL_SMTP_PASSWORD", "PYTHONWARNINGS"} for keeper in keepers(var)] == [set()]
    assert "arning" not in (var / "postgres" / "server.log").read_text()


def test_two_that_start_at_once_share_one_server(member, var):
    both = [member(), member()]

    numbers = {value(one.joined().dsn, "SELECT pg_postmaster_start_time()") for one in both}

    assert len(numbers) == 1
    assert [one.leave() for one in both] == [0, 0]
    assert is_stopped(var)


@made_before
def test_it_stops_when_its_users_were_killed(member, var):
    users = [member().joined(), member().joined()]

    users[0].kill()
    users[0] = member().joined()  # finds the keeper of the first
    assert len(keepers(var)) == 1
    for one in users:
        one.kill()

    wait_until_all_ended(var)


@made_before
def test_a_killed_keeper_is_replaced_by_the_next_to_join(member, var):
    first = member().joined()
    for keeper in keepers(var):
        keeper.kill()
    wait_until(lambda: not keepers(var), "the end of the keeper")

    member().joined().kill()
    assert len(keepers(var)) == 1
    first.kill()

    wait_until_all_ended(var)


@made_before
def test_it_recovers_when_user_and_server_were_killed(member, var):
    killed = member(environment={"PORTAL_POSTGRES_FAST": ""}).joined()
    with psycopg.connect(killed.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    crashed = postmaster(var)
    os.kill(crashed.pid, signal.SIGKILL)
    killed.kill()
    # The number has come to belong to somebody else.
    lines = crashed.file.read_text().splitlines()
    crashed.file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))

    next_one = member().joined()

    assert value(next_one.dsn, "SELECT answer FROM kept") == 42
    next_one.leave()
    # What the killed server began ends by itself, a moment later.
    wait_until(lambda: is_stopped(var), "the end of both servers")


@made_before
def test_ctrl_c_leaves_the_server_to_the_process_and_then_nothing_behind(member, var):
    interrupted = member().joined()

    os.killpg(interrupted.process.pid, signal.SIGINT)

    assert interrupted.reads() == "still answering"
    interrupted.leave()
    assert is_stopped(var)


@made_before
def test_a_forked_child_is_counted_once_it_joins(member, var):
    parent = member(FORK.format(child_joins=True)).joined()
    assert parent.reads() == "child"
    parent.process.terminate()
    assert parent.process.wait(timeout=PATIENCE) == 0
    assert value(parent.dsn, "SELECT 1") == 1

    parent.process.stdin.close()

    assert parent.reads() == ""  # the child has ended, too
    assert is_stopped(var)


@made_before
def test_a_forked_child_that_does_not_join_is_not_counted(member, var):
    parent = member(FORK.format(child_joins=False)).joined()
    assert parent.reads() == "child"

    parent.process.terminate()
    assert parent.process.wait(timeout=PATIENCE) == 0

    assert is_stopped(var)
    parent.process.stdin.close()


@pytest.mark.parametrize("name", ["with spaces, 'quotes' and \"more\" $x", "deep/" + "d" * 100 + "/" + "e" * 100])
def test_the_database_starts_in_any_path(member, tmp_path, name):
    one = member(at=tmp_path / name).joined()

    assert value(one.dsn, "SELECT current_setting('data_directory')") == str(tmp_path / name / "postgres" / "data")
    assert one.leave() == 0
    socket_dir = Home(tmp_path / name / "postgres").socket_dir
    assert not socket_dir.exists() or socket_dir.parent == tmp_path / name / "postgres"


def test_a_socket_folder_of_somebody_else_is_refused(member, new_data, tmp_path):
    var = copy_data(new_data, tmp_path / ("d" * 100))
    foreign = Home(var / "postgres").socket_dir
    foreign.mkdir(mode=0o777)
    foreign.chmod(0o777)
    try:
        assert str(foreign) in member(at=var).refusal()
    finally:
        foreign.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_changes_nothing_above_its_folder(member, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    var = closed / "var"
    var.mkdir(mode=0o700)

    one = member(at=var).joined()

    server = psutil.Process(postmaster(var).pid)
    assert server.uids().real != 0
    for folder in (closed, var):
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (0, 0o700)
    one.leave()
    assert is_stopped(var)


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_can_run_it(member):
    home = Path(tempfile.mkdtemp())
    shutil.chown(home, "nobody")
    try:
        if not python_is_open_to("nobody"):
            pytest.skip("this Python, or the portal, lies in a folder closed to ordinary users")
        one = member(at=home / "var", user="nobody", extra_groups=[]).joined()

        assert psutil.Process(postmaster(home / "var").pid).username() == "nobody"
        one.leave()
        assert is_stopped(home / "var")
    finally:
        shutil.rmtree(home)


def python_is_open_to(user: str) -> bool:
    try:
        import_it = [sys.executable, "-c", "import psycopg, consents"]
        return subprocess.run(import_it, cwd=ROOT, user=user, extra_groups=[], capture_output=True).returncode == 0
    except PermissionError:
        return False


def test_it_is_private_and_keeps_personal_values_out_of_its_log(member, var):
    one = member().joined()
    with psycopg.connect(one.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (email text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('ada@example.org')")
        for parameters in (None, ["ada@example.org"]):
            added = "%s" if parameters else "'ada@example.org'"
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(f"INSERT INTO people VALUES ({added})", parameters)

    log = (var / "postgres" / "server.log").read_text()
    assert "duplicate key" in log
    assert "ada@" not in log
    assert value(one.dsn, "SELECT current_setting('listen_addresses')") == ""
    assert value(one.dsn, "SELECT current_setting('data_checksums')") == "on"
    assert value(one.dsn, "SELECT upper('é')") == "É"
    assert (postmaster(var).socket_dir.stat().st_mode & 0o077) == 0


def test_the_log_is_cut_back_to_its_newest_part(tmp_path):
    home = Home(tmp_path)
    home.log.write_bytes(b"old\n" * 3_000_000 + b"newest\n")

    home.trim_log()

    assert home.log.stat().st_size < 2_000_000
    assert home.log.read_bytes().endswith(b"old\nnewest\n")


@made_before
def test_it_refuses_data_of_another_version(member, var):
    (var / "postgres" / "data" / "PG_VERSION").write_text("12\n")

    assert "another version of PostgreSQL" in member().refusal()


@made_before
def test_who_comes_before_the_last_keeper_has_left_is_told_the_reason_too(member, var):
    first = member().joined()
    (keeper,) = keepers(var)
    keeper.suspend()
    first.leave()
    (var / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    second = member()
    seat = str(var / "postgres" / locks.USERS)
    wait_until(lambda: seat in [file.path for file in psutil.Process(second.process.pid).open_files()], "a seat")

    keeper.resume()

    assert "another version of PostgreSQL" in second.refusal()


@made_before
@pytest.mark.parametrize("listens", ["elsewhere", ""])
def test_it_refuses_data_that_a_foreign_server_uses(member, var, tmp_path, listens):
    home = Home(var / "postgres")
    cluster.start_server(home, PATIENCE)
    foreign = cluster.find_server(home)
    lock = home.data / "postmaster.pid"
    ours = lock.read_text()
    lock.write_text(ours.replace(str(foreign.socket_dir), listens and str(tmp_path / listens)))
    try:
        refusal = member().refusal()

        assert "in use by a PostgreSQL server that the portal cannot join" in refusal
        assert str(home.data) in refusal
        wait_until(lambda: not keepers(var), "the end of the keeper")
        assert value(foreign.dsn("postgres", "postgres"), "SELECT 1") == 1
    finally:
        lock.write_text(ours)


def test_it_says_what_to_do_when_the_folder_cannot_be_made(member, tmp_path):
    file = tmp_path / "file"
    file.touch()

    assert str(file) in member(at=file).refusal()


def test_it_has_a_start_limit(member, var):
    assert "PORTAL_POSTGRES_START_SECONDS" in member(environment={"PORTAL_POSTGRES_START_SECONDS": "0.01"}).refusal()
    assert is_stopped(var)
    assert "'soon'" in member(environment={"PORTAL_POSTGRES_START_SECONDS": "soon"}).refusal()


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("FATAL:  could not write to file: No space left on device", "free some space"),
        ("initdb: error: could not change permissions: Operation not permitted", "correct the rights"),
        ('FATAL:  lock file "postmaster.pid" already exists', "stop the other server"),
        ('FATAL:  could not create lock file "postmaster.pid": Permission denied', "correct the rights"),
        ("FATAL:  could not create shared memory segment: Cannot allocate memory", "free some memory"),
        ("LOG:  starting\nFATAL:  something new\nLOG:  shut down", "FATAL:  something new"),
        ("", "it said nothing"),
    ],
)
def test_it_explains_what_the_server_complains_of(complaint, sentence):
    assert sentence in str(explain_failure(complaint, Path("home")))


def test_windows_is_told_to_bring_its_own_server(monkeypatch, var):
    monkeypatch.setattr(os, "name", "nt")

    with pytest.raises(CannotStart, match="DATABASE_URL"):
        ensure_running(var)


def test_it_brings_the_programs_of_the_same_version():
    for name in ("psql", "pg_dump", "pgbench"):
        told = subprocess.run([find_program(name), "--version"], capture_output=True, text=True, check=True).stdout
        assert "(PostgreSQL) 18." in told
    with pytest.raises(CannotStart, match="no-such-program"):
        find_program("no-such-program")
