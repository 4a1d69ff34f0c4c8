"""The embedded server: started by the first process, joined by the others, stopped by the last."""

import os
import signal

import psutil
import psycopg
import pytest

from tests.embedded.members import (
    AGAIN,
    FORK,
    is_over,
    is_stopped,
    keepers,
    made_before,
    postmaster,
    value,
    wait_until_all_ended,
)
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
