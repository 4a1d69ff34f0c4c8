"""Static files are collected where they have changed, and not at each start."""

from pathlib import Path

import pytest

from consents.ops.running import portal
from consents.ops.running.portal import collect_static_files


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
