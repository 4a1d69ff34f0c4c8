"""The commands that run the portal: what they tell, and what they refuse."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError
from django.db import OperationalError, connection

import manage
from consents.core.owner import as_owner
from consents.management.commands import demo, make_roles, serve
from consents.ops.demo import company
from consents.ops.embedded import CannotStart
from consents.ops.running import checks, portal


@pytest.mark.parametrize("name", ["demo", "serve", "worker", "make_keys", "make_roles"])
def test_its_help_tells_the_exit_codes(name):
    told = load_command_class("consents", name).create_parser("manage.py", name).format_help()

    assert re.search(r"Exit codes: 0 .*; 1 ", told)


def test_no_command_but_migrate_checks_the_code_at_its_start():
    """That is for CI and for each update, once: it takes a third of the time in which a command starts."""
    names = [path.stem for path in Path(demo.__file__).parent.glob("[a-z]*.py")]

    assert [name for name in names if load_command_class("consents", name).requires_system_checks] == ["migrate"]


def test_make_keys_changes_nothing_the_second_time(db, settings, tmp_path, capsys):
    settings.PORTAL_KEYS = tmp_path / "keys"
    call_command("make_keys")
    made = {path.name: path.read_text() for path in settings.PORTAL_KEYS.iterdir()}

    call_command("make_keys")

    assert {path.name: path.read_text() for path in settings.PORTAL_KEYS.iterdir()} == made
    assert str(settings.PORTAL_KEYS) in capsys.readouterr().out


def test_reading_the_settings_makes_nothing(tmp_path):
    """Pages of the staff site are imported where the program looks for faults in them."""
    asked = """
import sys
from django.conf import settings
from django.core.checks import run_checks
print(settings.PORTAL_COMPANY)
pages = "consents.rights.staff.admin"
print(pages in sys.modules, run_checks(tags=["admin"]), pages in sys.modules)
"""
    given = {name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ}

    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", asked],
        cwd=settings.BASE_DIR,
        env=given | {"PORTAL_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )

    assert (told.stdout, told.stderr) == ("Example Co\nFalse [] True\n", "")
    assert not list(tmp_path.iterdir())


def test_a_command_ends_calmly_where_nobody_reads_on():
    """Whichever it is: one that says a word and needs no portal for it."""
    command = "from django.core import management; management.execute_from_command_line = print"
    read, written = os.pipe()
    os.close(read)

    told = subprocess.run(
        [sys.executable, "-c", f"{command}; import manage; manage.main()"],
        cwd=settings.BASE_DIR,
        stdout=written,
        stderr=subprocess.PIPE,
        text=True,
    )

    os.close(written)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("cause", "ends"), [(psycopg.OperationalError, SystemExit), (psycopg.errors.LockNotAvailable, OperationalError)]
)
def test_a_command_says_that_no_database_answers_and_judges_nothing(monkeypatch, capsys, cause, ends):
    """With 1 a command says that it looked: at an export that is not as exported, at rows that it rejected."""
    reason = OperationalError("hidden")
    reason.__cause__ = cause("hidden")
    monkeypatch.setattr(sys, "argv", ["manage.py", "verify_export", "package.zip"])
    monkeypatch.setattr("django.core.management.execute_from_command_line", Mock(side_effect=reason))

    with pytest.raises(ends) as ended:
        manage.main()

    told = capsys.readouterr().err
    assert ends is OperationalError or (ended.value.code == 2 and "does not answer" in told and "hidden" not in told)


@pytest.mark.parametrize("name", ["verify_export", "verify_receipt"])
def test_an_auditor_without_keys_is_told_of_the_published_ones(name, settings, tmp_path):
    settings.PORTAL_KEYS = tmp_path / "keys"
    (tmp_path / "taken").write_text("a.b.c")

    with pytest.raises(CommandError, match=r"--key: .*jwks\.json") as refused:
        call_command(name, tmp_path / "taken")

    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("backup", {"keep": 36_501}, "--keep is at most 36500"),
        ("serve", {"workers": -1}, "--workers is at least 1"),
    ],
)
def test_a_number_out_of_bounds_is_refused(name, options, sentence, tmp_path):
    arguments = [tmp_path] if name == "backup" else []
    with pytest.raises(CommandError, match=sentence):
        call_command(name, *arguments, **options)


def test_a_backup_that_cannot_be_tried_is_not_begun(settings, tmp_path):
    settings.DATABASE_OWNER = None
    with pytest.raises(CommandError, match="Set DATABASE_OWNER_URL"):
        call_command("backup", tmp_path / "backups", stdout=(said := io.StringIO()))
    assert not said.getvalue() and not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["postgres://postgres:hidden@127.0.0.1:1/postgres", "hidden nonsense", ""])
def test_make_roles_does_not_repeat_the_address(url, monkeypatch):
    monkeypatch.setenv("PGHOST", "/nonexistent")
    with pytest.raises(ImproperlyConfigured, match="does not let us in") as refused:
        make_roles.check_server(url)

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("password", ["", "fourteen chars"])
def test_make_roles_refuses_a_short_password(password, monkeypatch):
    monkeypatch.setenv("PORTAL_APP_PASSWORD", password)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(ImproperlyConfigured, match="PORTAL_APP_PASSWORD"):
        make_roles.read_password("portal_app", "PORTAL_APP_PASSWORD")


def test_the_demo_runs_in_demo_mode_alone():
    with pytest.raises(CannotStart, match=r"manage\.py demo"):
        call_command("demo", "--prepare")


def test_the_past_of_the_demo_names_the_address_where_it_will_answer(settings, monkeypatch):
    settings.DEMO, settings.PORTAL_URL = True, "http://localhost:8000"
    monkeypatch.delenv("PORTAL_URL", raising=False)
    named = []
    monkeypatch.setattr(demo.Command, "prepare", lambda *_, anew: named.append(settings.PORTAL_URL))
    monkeypatch.setattr(demo, "run_portal", lambda **terms: named.append(terms["defaults"]["PORTAL_URL"]))

    call_command("demo", port=0)

    assert named[0] == named[1] != "http://localhost:8000"


def test_serve_refuses_the_demo_company(db):
    serve.check_no_demo_company()
    company.mark_as_demo()

    with pytest.raises(ImproperlyConfigured, match="demo company"):
        serve.check_no_demo_company()


def test_a_database_that_does_not_answer_is_a_sentence(monkeypatch):
    def unreachable():
        raise OperationalError

    monkeypatch.setattr(checks, "check_database_role", unreachable)
    with pytest.raises(ImproperlyConfigured, match="does not answer"):
        checks.check_database()


@pytest.fixture
def limited():
    """`limited(number)`: so many connections of the application at once, and no more."""

    def limit(number: int) -> None:
        with as_owner() as owner, owner.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {number}")

    yield limit
    limit(-1)


def test_too_few_connections_are_a_sentence(transactional_db, monkeypatch, limited):
    monkeypatch.setattr(checks, "count_needed_connections", lambda _workers: 41)
    checks.check_connections()

    limited(40)
    with pytest.raises(ImproperlyConfigured, match="open 40 connections, and on this machine it needs 41"):
        checks.check_connections()
    limited(41)
    checks.check_connections()

    monkeypatch.setattr(checks, "count_needed_connections", lambda _workers: 10_000)
    with pytest.raises(ImproperlyConfigured, match="raise max_connections"):
        checks.check_connections()


def test_each_core_needs_twelve_connections_and_the_rest_ten(monkeypatch):
    monkeypatch.setattr(portal, "count_cores", lambda: 8)

    assert portal.count_needed_connections() == 8 * 12 + 10


def test_the_programs_never_get_the_owner(monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://portal_owner@host/portal")

    assert "DATABASE_OWNER_URL" not in portal.build_environment()
