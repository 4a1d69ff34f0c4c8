"""Tell whether the files of keys are those that data was written with, from check values that betray no key."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from consents.core.keys import KINDS, list_files


def compute_checks(folder: Path) -> dict[str, str]:
    """Return a check value of each key that data was written with, by name: an HMAC, from which nobody learns the key.

    `secret_key` has none: without it only sessions end. Raises ImproperlyConfigured for a damaged key.
    """
    paths = [path for path in [folder / "index_key", *list_files(folder, "index", *KINDS)] if path.exists()]
    return {path.name: compute_check(path, path.name) for path in paths}


def compute_check(path: Path, name: str) -> str:
    try:
        key = bytes.fromhex(path.read_text())
    except (OSError, ValueError) as reason:
        raise ImproperlyConfigured(f"The key {path.name} in {path.parent} cannot be read.") from reason
    return hmac.new(key, b"consents key check\0" + name.encode(), hashlib.sha256).hexdigest()[:32]


def find_key_problems(folder: Path, expected: Mapping[str, str], *, may_be_retired: bool = True) -> list[str]:
    """Say in sentences which keys are missing or are not those of these check values; empty if all are right.

    `may_be_retired`: a retired wrapping key will do, since nothing is wrapped with it now.
    """
    found = compute_checks(folder)
    problems = []
    for name, check in sorted(expected.items()):
        retired = folder / name.replace("wrap-", "retired-", 1)
        if name in found:
            problems += [] if found[name] == check else [f"The key {name} in {folder} is another one."]
        elif name.startswith("wrap-") and retired.exists():
            problems += [] if may_be_retired else [f"The key {name} is retired: rename {retired.name} to {name} first."]
        elif not (folder / f"withdrawn-{name}").exists():
            problems.append(f"The key {name} is missing in {folder}.")
    return problems
