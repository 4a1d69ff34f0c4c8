"""The files to deploy with name what there is: commands, figures, versions; and the units are shut tight."""

import json
import re
import shutil
import socket
import subprocess
import tomllib
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from consents.ops.embedded import CannotStart
from consents.ops.running import portal, runner
from consents.ops.running.portal import collect_static_files
from consents.ops.running.ports import find_free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "portal" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMMANDS = {path.stem for path in (ROOT / "consents/management/commands").glob("*.py")}
NEEDS_SYSTEMD = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def test_alerts_and_dashboard_ask_for_figures_that_exist():
    figures = (ROOT / "consents/ops/monitoring/figures.py").read_text()
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    asked = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]

    named = {name for text in asked for name in re.findall(r"portal_\w+", text)}
    assert len(named) > 5 and not [name for name in named if f'"{name}"' not in figures]


def test_containers_run_commands_that_exist_and_nothing_as_root():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = [service for service in services.values() if service["image"] == "consent-portal"]

    assert {service["command"][0] for service in ours} <= COMMANDS
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours)
    container = (DEPLOY / "Containerfile").read_text()
    assert "\nUSER 10001\n" in container and "HEALTHCHECK" in container
    for path in re.findall(r"^COPY (?!--)(\S+) ", container, re.MULTILINE):
        assert (ROOT / path).exists(), path


def test_what_is_asked_to_stop_has_the_time_to_end_what_it_has_begun():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    web, worker = services["web"], services["worker"]
    unit = re.search(r"^TimeoutStopSec=(\d+)$", (DEPLOY / "systemd" / "portal.service").read_text(), re.MULTILINE)[1]

    assert web["stop_grace_period"] == worker["stop_grace_period"] == f"{unit}s" and int(unit) > 2 * runner.STOP_SECONDS


def test_the_proxies_let_through_what_officers_may_add_to_a_copy():
    """There alone: of anything else a proxy takes no more than a form."""
    address = reverse("admin:rights_rightsrequest_files", args=[uuid4()])
    nginx, caddy = (DEPLOY / "nginx.conf").read_text(), (DEPLOY / "Caddyfile").read_text()

    pattern, size = re.search(r"location ~ (\S+) \{\s+client_max_body_size (\d+)m;", nginx).groups()
    assert int(size) * 1024**2 >= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert re.match(pattern, address) and not re.match(pattern, reverse("home"))
    assert set(re.findall(r"path_regexp (\S+)", caddy)) == {pattern}
    assert set(re.findall(r"(\d+)MiB", caddy)) == {size}


def test_the_database_beside_the_image_is_no_newer_than_its_client_programs():
    """Debian 13 has PostgreSQL 17: `backup` refuses a server that its programs are older than."""
    container = (DEPLOY / "Containerfile").read_text()
    database = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["database"]

    assert re.findall(r"^FROM (\S+)", container, re.MULTILINE) == ["python:3.13-slim-trixie"] * 2
    assert database["image"] == "postgres:17" and database["volumes"] == ["database:/var/lib/postgresql/data"]


def test_the_requirements_are_the_versions_that_are_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tested = set(project["tool"]["uv"]["constraint-dependencies"])
    listed = set(re.findall(r"^([a-z0-9.-]+==[^ ]+) \\", (DEPLOY / "requirements.txt").read_text(), re.MULTILINE))
    needed = {re.split(r"[\[>=<]", name)[0] for name in project["project"]["dependencies"]}

    assert listed <= tested, "run `uv pip compile pyproject.toml --extra s3 --generate-hashes …` anew"
    assert needed <= {name.partition("==")[0] for name in listed}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_each_unit_runs_a_command_that_exists(unit):
    assert re.search(r"^ExecStart=\S+ manage\.py (\w+)", unit.read_text(), re.MULTILINE)[1] in COMMANDS


@NEEDS_SYSTEMD
def test_each_unit_is_shut_tight_by_systemds_own_measure():
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", *UNITS]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@NEEDS_SYSTEMD
def test_each_timer_has_a_moment_that_comes():
    for timer in (DEPLOY / "systemd").glob("*.timer"):
        when = re.search(r"^OnCalendar=(.+)$", timer.read_text(), re.MULTILINE)[1]
        subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True)
        assert timer.with_suffix(".service").exists()


@pytest.fixture
def collected(settings, tmp_path, monkeypatch) -> list[str]:
    """Which commands it ran: it has one file to collect."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [tmp_path / "ours"]
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    write(tmp_path / "ours" / "page.css", "a {}")
    told: list[str] = []
    run = portal.call_command
    monkeypatch.setattr(portal, "call_command", lambda name, **how: (told.append(name), run(name, **how)))
    return told


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_they_are_collected_once(collected, settings):
    collect_static_files()
    collect_static_files()

    assert collected == ["collectstatic"]
    assert (settings.STATIC_ROOT / "page.css").read_text() == "a {}"


@pytest.mark.parametrize("path", ["ours/page.css", "ours/other.css"])
def test_and_again_where_one_is_another_one(collected, tmp_path, path):
    collect_static_files()

    write(tmp_path / path, "b {color: red}")
    collect_static_files()
    collect_static_files()

    assert len(collected) == 2


def test_and_where_one_is_gone(collected, settings):
    collect_static_files()

    (settings.STATIC_ROOT / "page.css").unlink()
    collect_static_files()

    assert (settings.STATIC_ROOT / "page.css").exists()


def test_and_where_another_release_would_name_them(collected, monkeypatch):
    collect_static_files()

    monkeypatch.setattr(portal, "version", lambda _package: "7")
    collect_static_files()

    assert len(collected) == 2


def test_it_names_the_taken_port_and_another_one():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {taken} is taken .* --port"):
            find_free_port("127.0.0.1", taken)


def test_it_finds_a_free_port_for_zero():
    found = find_free_port("127.0.0.1", 0)

    assert find_free_port("127.0.0.1", found) == found


@pytest.mark.parametrize("port", [-1, 65536])
def test_it_refuses_what_is_no_port(port):
    with pytest.raises(CannotStart, match="is not a port"):
        find_free_port("127.0.0.1", port)


def test_it_refuses_an_address_of_another_machine():
    with pytest.raises(CannotStart, match="--host"):
        find_free_port("203.0.113.7", 8000)
