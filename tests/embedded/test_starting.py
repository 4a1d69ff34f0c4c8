"""The embedded server: in any folder, for any user, closed to others; what it refuses, and in which words."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from consents.ops.embedded import CannotStart, cluster, ensure_running, find_program
from consents.ops.embedded.errors import explain_failure
from consents.ops.embedded.server import Server
from tests.embedded.members import ROOT, copy_data, is_stopped, made_before, postmaster, value
from tests.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("interruptible")


@pytest.mark.parametrize("name", ["with spaces, 'quotes' and \"more\" $x", "deep/" + "d" * 100 + "/" + "e" * 100])
def test_the_database_starts_in_any_path(member, tmp_path, name):
    one = member(at=tmp_path / name).joined()

    assert value(one.dsn, "SELECT current_setting('data_directory')") == str(tmp_path / name / "postgres" / "data")
    assert one.leave() == 0
    socket_dir = Server.of(tmp_path / name / "postgres").socket_dir
    assert not socket_dir.exists() or socket_dir.parent == tmp_path / name / "postgres"


def test_a_socket_folder_of_somebody_else_is_refused(member, new_data, tmp_path):
    var = copy_data(new_data, tmp_path / ("d" * 100))
    foreign = Server.of(var / "postgres").socket_dir
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


@made_before
def test_it_refuses_data_of_another_version(member, var):
    (var / "postgres" / "data" / "PG_VERSION").write_text("12\n")

    assert "another version of PostgreSQL" in member().refusal()


@made_before
@pytest.mark.parametrize("listens", ["elsewhere", ""])
def test_it_refuses_data_that_a_foreign_server_uses(member, var, tmp_path, listens):
    home = var / "postgres"
    cluster.start_server(home, PATIENCE)
    foreign = cluster.find_server(home)
    lock = home / "data" / "postmaster.pid"
    ours = lock.read_text()
    lock.write_text(ours.replace(str(foreign.socket_dir), listens and str(tmp_path / listens)))
    try:
        refusal = member().refusal()

        assert "in use by a PostgreSQL server that the portal cannot join" in refusal
        assert str(home / "data") in refusal
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
