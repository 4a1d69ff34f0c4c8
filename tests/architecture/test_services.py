"""Only services write, each act leaves its entry; services are found in the rooms, not listed."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ROOT / "consents"
# Not acts on record: the ledger itself.
NOT_ACTS = {"ledger"}


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


def calls(function) -> set[str]:
    tree = ast.parse(inspect.getsource(inspect.unwrap(function)))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names.add(ast.unparse(node.func))
    return names


def reaches_ledger(function, seen: frozenset[str] = frozenset()) -> bool:
    called = calls(function)
    if "ledger.append" in called or any(name.endswith("ledger.append") for name in called):
        return True
    inside = importlib.import_module(function.__module__)
    return any(
        name not in seen
        and inspect.isfunction(inspect.unwrap(getattr(inside, name, None) or object()))
        and reaches_ledger(getattr(inside, name), seen | {name})
        for name in called
        if "." not in name
    )


def room(function) -> str:
    return function.__module__.split(".")[1]


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_every_act_leaves_an_entry(act):
    assert room(act) in NOT_ACTS or reaches_ledger(act)


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_every_act_is_keyword_only(act):
    kinds = {parameter.kind for parameter in inspect.signature(act).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


def test_there_are_acts():
    assert len(public_acts()) > 15


@pytest.mark.parametrize("path", list((ROOT / "consents").rglob("views.py")), ids=str)
def test_views_do_not_write(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"save", "create", "bulk_create", "update_or_create", "delete"}, (
                f"{path}:{node.lineno}"
            )
