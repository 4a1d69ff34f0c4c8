"""Every act of every room, found in the services."""

import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ROOT / "consents"


def modules() -> list[str]:
    paths = [path for glob in ("*/services.py", "*/*/services.py", "*/services/*.py") for path in ROOMS.glob(glob)]
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.name != "__init__.py"
    )


def acts() -> list:
    found = []
    for name in modules():
        module = importlib.import_module(name)
        for function in vars(module).values():
            if (
                inspect.isfunction(function)
                and function.__module__ == name
                and "by" in inspect.signature(function).parameters
            ):
                found.append(function)
    return found


def public_acts() -> list:
    """Acts as an interface calls them: everything after `*`."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [act for act in acts() if inspect.signature(act).parameters["by"].kind == keyword]
