"""The nginx of `portal/deploy/nginx.conf` in front of portals of a test's own, without TLS."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from consents.ops.running.ports import find_free_port
from tests.waiting import PATIENCE, wait_until

FAIL_SECONDS = 1  # for which nginx passes a machine over; five in the file, to which a drain of ten belongs
AROUND = """
daemon off; pid nginx.pid; error_log error.log; worker_processes 2;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {0}
}}
"""


def find_nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found and os.environ.get("CI"):
        pytest.fail("CI needs nginx: it is not on the path.")
    return found or pytest.skip("No nginx on the path.")


@dataclass(frozen=True)
class Front:
    """A running nginx: its port, its folder, and how to tell it something."""

    port: int
    folder: Path
    command: Sequence[str]

    def reload(self, ports: Sequence[int]) -> None:
        """Have it pass requests on to these alone, as an operator does who marks the others `down`."""
        (self.folder / "nginx.conf").write_text(AROUND.format(write_site(self.port, ports)))
        subprocess.run([*self.command, "-s", "reload"], check=True)


@contextmanager
def run_nginx(ports: Sequence[int]) -> Iterator[Front]:
    """Run it in front of these."""
    program = find_nginx()
    with tempfile.TemporaryDirectory(prefix="portal-nginx-") as folder:
        command = [program, "-p", folder, "-c", "nginx.conf", "-e", "error.log"]
        front = Front(find_free_port("127.0.0.1", 0), Path(folder), command)
        (front.folder / "nginx.conf").write_text(AROUND.format(write_site(front.port, ports)))
        running = subprocess.Popen(command)
        try:
            wait_until(lambda: is_open(front.port), "nginx")
            yield front
        finally:
            running.terminate()
            running.wait(PATIENCE)


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def write_site(front: int, ports: Sequence[int]) -> str:
    """The site as it is deployed, but for TLS, names and addresses."""
    site = (settings.BASE_DIR / "portal/deploy/nginx.conf").read_text()
    plain, tls = site.index("server {\n    listen 80;"), site.index("server {\n    listen 443")
    site = re.sub(r"^ +(listen|ssl_|http2) ?.*\n", "", site[:plain] + site[tls:], flags=re.MULTILINE)
    site = site.replace("server_name ", f"listen 127.0.0.1:{front};\n    server_name ")
    machine = re.search(r"^ +server 127\.0\.0\.1:8000 .*\n", site, re.MULTILINE)
    assert machine
    quicker = machine[0].replace("fail_timeout=5s", f"fail_timeout={FAIL_SECONDS}s")
    assert quicker != machine[0]
    return site.replace(machine[0], "".join(quicker.replace(":8000", f":{port}") for port in ports))
