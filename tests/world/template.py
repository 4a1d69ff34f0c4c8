"""One migrated database, from which that of every worker and every later run is copied.

Its name holds a digest of all that migrations do: where one of them changes, the database is made anew.
"""

import hashlib
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from consents.core import roles
from tests.world.model_states import making_new_models_alone

ROOT = Path(__file__).resolve().parents[2]
MIGRATING = {"migrations", "sql", "core"}
IMPORTED = re.compile(r"^\s*(?:from|import) (consents\.[\w.]+)", re.MULTILINE)
OF_THIS_CHECKOUT = f"test_template_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
LOCK = 0x74656D706C617465  # "template" in ASCII


def become_owner(connection: BaseDatabaseWrapper) -> None:
    """From its next connection on."""
    connection.settings_dict |= {"USER": roles.OWNER, "OPTIONS": {}}


def ensure_template() -> str:
    """Return the name of the migrated database; make it where it is missing. The connection must be the owner's."""
    connection = connections["default"]
    name = f"{OF_THIS_CHECKOUT}_{digest_of_migrations()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            if name not in (known := databases(cursor)):
                for stale in known:
                    cursor.execute(f"DROP DATABASE {stale}")
                make_template(cursor, name)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def databases(cursor: Any) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{OF_THIS_CHECKOUT}%"])
    return [name for (name,) in cursor.fetchall()]


def make_template(cursor: Any, name: str) -> None:
    """Under another name until it is whole: a run may be ended in between."""
    connection = connections["default"]
    kept = connection.settings_dict
    cursor.execute(f"CREATE DATABASE {name}_unfinished")
    connection.close()
    connection.settings_dict = kept | {"NAME": f"{name}_unfinished"}
    try:
        with making_new_models_alone():
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict = kept
    cursor.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")


def digest_of_migrations() -> str:
    """Of their files, of the SQL and the modules they take in, and of every package installed."""
    ours = [path for path in (ROOT / "consents").rglob("*") if path.suffix in (".py", ".sql")]
    sources = {path for path in ours if not MIGRATING.isdisjoint(path.relative_to(ROOT).parts)}
    sources |= {path for source in sources for path in imported_by(source)}
    installed = sorted(f"{package.name}=={package.version}" for package in metadata.distributions())
    parts = [*installed, *(f"{path.relative_to(ROOT)} {path.read_text()}" for path in sorted(sources))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def imported_by(source: Path) -> set[Path]:
    named = [ROOT.joinpath(*name.split(".")) for name in IMPORTED.findall(source.read_text())]
    return {path for stem in named for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.exists()}
