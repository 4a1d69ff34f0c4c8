"""`manage.py demo` as a stranger runs it: a program of its own, in a folder of its own. What it shares with every first
start, a database made and migrated, is made once for all tests that need one."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psutil
import pytest
from django.conf import settings

from tests.waiting import PATIENCE
from tests.world.migrated import copy_migrated_data

pytestmark = pytest.mark.usefixtures("interruptible")


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    # Not pytest's own folder, which the database's user could not enter when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="portal demo "))
    folder.chmod(0o755)
    copy_migrated_data(folder)
    yield folder
    shutil.rmtree(folder)


def start(var: Path, *words: str) -> subprocess.Popen[str]:
    ours = ("PORTAL_", "DATABASE_", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"PORTAL_VAR": str(var), "PORTAL_POSTGRES_FAST": "1"}
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo", *words],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if hasattr(os, "sched_setaffinity"):  # one web process, as on a machine with one core: more prove nothing here
        os.sched_setaffinity(demo.pid, [min(os.sched_getaffinity(demo.pid))])
    return demo


def sign_in(url: str, account: dict[str, str]) -> str:
    """Where a person ends up."""
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{url}/accounts/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "login": account["email"], "password": account["password"]}
    with browser.open(f"{url}/accounts/login/", urlencode(form).encode()) as answer:
        return answer.url.removeprefix(url)


def check_people_get_in(said: dict) -> None:
    landed = {(account["role"], sign_in(said["url"], account)) for account in said["accounts"]}
    assert landed == {
        ("customer", "/"),
        ("requester", "/admin/"),
        ("privacy_officer", "/admin/"),
        ("compliance_officer", "/admin/"),
    }
    with build_opener().open(said["mail"]) as answer:
        assert answer.status == 200


def test_it_sets_up_runs_and_leaves_nothing_behind(var):
    prepared, _ = start(var, "--prepare", "--json").communicate(timeout=PATIENCE)
    assert set(json.loads(prepared)) == {"url", "mail", "accounts"}

    demo = start(var, "--json", "--port", "0")
    assert demo.stdout and demo.stderr
    said = json.loads(demo.stdout.readline())
    check_people_get_in(said)
    family = psutil.Process(demo.pid).children(recursive=True)
    demo.send_signal(signal.SIGINT)
    rest, told = demo.communicate(timeout=PATIENCE)

    assert (demo.returncode, rest) == (0, "")
    assert "its data is kept" in told
    assert not [process for process in family if process.is_running() and process.status() != "zombie"]
    socket.create_server(("127.0.0.1", int(said["url"].rpartition(":")[2]))).close()


def test_it_says_when_the_port_is_taken(var):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        demo = start(var, "--port", port)
        said, told = demo.communicate(timeout=PATIENCE)

    assert (demo.returncode, said) == (1, "")
    assert told.startswith(f"Port {port} is taken") and told.count("\n") == 1
