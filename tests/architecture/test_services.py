"""Only services write, each act leaves its entry; services are found in the rooms, not listed."""

import ast
import importlib
import inspect
from pathlib import Path

from tests.architecture.acts import public_acts
from tests.architecture.sources import ROOT, imported_by, list_programs, read_nodes

# Not acts on record: the ledger itself.
NOT_ACTS = {"ledger"}


def calls(function) -> set[str]:
    tree = ast.parse(inspect.getsource(inspect.unwrap(function)))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names.add(ast.unparse(node.func))
    return names


def reaches_ledger(function, seen: frozenset[str] = frozenset()) -> bool:
    called = calls(function)
    if any(name.split(".")[-1] == "append_entry" for name in called):
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


def test_every_act_leaves_an_entry(subtests):
    for act in public_acts():
        with subtests.test(act=f"{act.__module__}.{act.__name__}"):
            assert room(act) in NOT_ACTS or reaches_ledger(act)


def test_every_act_is_keyword_only(subtests):
    for act in public_acts():
        with subtests.test(act=f"{act.__module__}.{act.__name__}"):
            kinds = {parameter.kind for parameter in inspect.signature(act).parameters.values()}
            assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


def test_the_checks_below_find_the_acts():
    assert len(public_acts()) > 15


# What a module takes in that answers requests or draws forms.
SHOWING = ("django.shortcuts", "django.views", "django.contrib.admin", "django.http", "django.forms", "django.template")
WRITING = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete"}
# Reviewed: what allauth calls keeps allauth's own tables, and so does what renews a session, or begins that of the
# self-check; who was at the door is evidence of every act.
NOT_PAGES = {
    "consents/accounts/adapter.py",
    "consents/ops/monitoring/readiness.py",
    "consents/people/visitors.py",
    "consents/accounts/second_factors.py",
    "consents/accounts/sessions.py",
    "consents/people/known_browsers.py",
}


def pages() -> list[Path]:
    """Found by what they take in, whatever they are called."""
    return [path for path in list_programs() if shows(path) and str(path.relative_to(ROOT)) not in NOT_PAGES]


def shows(path: Path) -> bool:
    return any(name.startswith(SHOWING) for name in imported_by(path))


def test_pages_do_not_write():
    showing = pages()
    assert len(showing) > 50
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in showing
        for node in read_nodes(path)
        if isinstance(node, ast.Call) and is_writing(node)
    ]
    assert not found


def is_writing(call: ast.Call) -> bool:
    """`save(commit=False)` of a form builds what a service will write."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITING:
        return False
    return not any(word.arg == "commit" for word in call.keywords)
