"""The embedded server: started by the first process, joined by the others, stopped by the last."""

import os
import signal

import psutil
import psycopg
import pytest

from tests.embedded.members import AGAIN, is_stopped, made_before, postmaster, value
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.usefixtures("interruptible")


@made_before
def test_the_last_one_out_stops_it(member, var):
    first = member().joined()
    second = member().joined()
    assert second.dsn == first.dsn

    assert first.leave() == 0
    assert value(second.dsn, "SELECT 1") == 1

    assert second.leave() == 0
    assert is_stopped(var)


def test_a_process_that_ends_while_the_database_is_being_made_is_in_nobodys_way(member, var):
    joining = member()
    wait_until(lambda: list(var.glob("postgres/data.*.new/PG_VERSION")), "a database being made")

    joining.process.terminate()
    joining.process.wait(PATIENCE)

    assert member().joined().leave() == 0
    assert is_stopped(var)


@made_before
def test_a_server_that_dies_is_started_by_the_next_to_connect(member, var):
    user = member(AGAIN).joined()
    died = psutil.Process(postmaster(var).pid)
    died.kill()
    died.wait(PATIENCE)

    user.process.stdin.write("again\n")
    user.process.stdin.flush()

    assert value(user.reads_address(), "SELECT 1") == 1
    assert user.leave() == 0
    wait_until(lambda: is_stopped(var), "the end of both servers")


@made_before
def test_it_keeps_the_portal_s_secrets_from_the_server(member, var):
    member(environment={"PORTAL_SMTP_PASSWORD": "hush"}).joined()

    assert "PORTAL_SMTP_PASSWORD" not in psutil.Process(postmaster(var).pid).environ()


def test_two_that_start_at_once_share_one_server(member, var):
    both = [member(), member()]

    numbers = {value(one.joined().dsn, "SELECT pg_postmaster_start_time()") for one in both}

    assert len(numbers) == 1
    assert [one.leave() for one in both] == [0, 0]
    assert is_stopped(var)


@made_before
def test_a_server_whose_users_were_killed_is_joined_and_stopped_by_the_next(member, var):
    killed = [member().joined(), member().joined()]
    for one in killed:
        one.kill()
    assert not is_stopped(var)

    assert member().joined().leave() == 0

    assert is_stopped(var)


@made_before
def test_it_recovers_when_user_and_server_were_killed(member, var):
    killed = member(environment={"PORTAL_POSTGRES_FAST": ""}).joined()
    with psycopg.connect(killed.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster(var).pid, signal.SIGKILL)
    killed.kill()
    # The number has come to belong to somebody else.
    file = var / "postgres" / "data" / "postmaster.pid"
    file.write_text("\n".join([str(os.getpid()), *file.read_text().splitlines()[1:], ""]))

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
