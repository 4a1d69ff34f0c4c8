"""Imports and foreign keys go down only; a room's inside is its own (design §3)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
# Higher may import lower; rooms of one level are strangers.
LEVEL = {
    room: level
    for level, rooms in enumerate(
        [
            ["core"],
            ["ledger"],
            ["people"],
            ["catalogue", "notifications"],
            ["vault"],
            ["choices"],
            ["access"],
            ["decisions"],
            ["disclosures"],
            ["rights"],
            ["exports"],
        ]
    )
    for room in rooms
}
OPEN_TO_OTHERS = {"services", "models", "rules", "selectors", "signals"}
# What a room above may use besides: the gate of a page, the words of a request, the opened key.
ALSO_OPEN = {
    ("ledger", "checkpoints"),
    ("ledger", "proofs"),
    ("people", "visitors"),
    ("people", "keys"),
    ("catalogue", "shown"),
    ("catalogue", "terms"),
    ("catalogue", "transfers"),
    ("choices", "receipts"),
    ("choices", "presenting"),
    ("access", "presenting"),
    ("access", "shown"),
}
HEAD = "head"


def rooms_on_disk() -> set[str]:
    return {path.parent.name for path in (ROOT / "consents").glob("*/apps.py")}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "portal":
        return "portal"
    return parts[1] if parts[1] in LEVEL else HEAD


def imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.split(".")[0] in ("consents", "portal", "tests")]


def sources() -> list[Path]:
    return [path for top in ("consents", "portal") for path in (ROOT / top).rglob("*.py")]


def test_every_room_has_its_level():
    assert rooms_on_disk() == set(LEVEL)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path):
    here = room_of(path)
    for name in imports(path):
        assert is_allowed(here, name.split("."), "migrations" in path.parts), f"{path.name} imports {name}"


def is_allowed(here: str, name: list[str], is_migration: bool) -> bool:
    if here == "portal":
        return name[0] != "tests"
    if name[0] != "consents":
        return False
    there = name[1] if len(name) > 1 and name[1] in LEVEL else HEAD
    if here in (HEAD, there):
        return True
    if there == HEAD or LEVEL[there] >= LEVEL[here]:
        return False
    inside = name[2] if len(name) > 2 else ""
    return there == "core" or inside in OPEN_TO_OTHERS or (there, inside) in ALSO_OPEN


def test_foreign_keys_go_down():
    for model in apps.get_models():
        here = model._meta.app_label
        if here not in LEVEL:
            continue
        for field in model._meta.get_fields():
            if (
                field.is_relation
                and not field.auto_created
                and field.related_model._meta.app_label in LEVEL
                and field.related_model._meta.app_label != here
            ):
                there = field.related_model._meta.app_label
                assert LEVEL[there] < LEVEL[here], f"{model.__name__}.{field.name}"


def test_the_ledger_has_no_foreign_keys():
    for model in apps.get_app_config("ledger").get_models():
        assert not [field for field in model._meta.get_fields() if field.is_relation]


def test_no_drawers():
    for path in sources():
        assert path.stem not in {"utils", "helpers", "common", "misc", "manager", "managers"}, path
