import runpy
from pathlib import Path

import pytest

SETTINGS = Path(__file__).parents[2] / "portal" / "settings.py"


@pytest.fixture
def settings_of(monkeypatch):
    """The settings as they are read from an environment with these variables."""

    def read(**variables: str) -> dict:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read
