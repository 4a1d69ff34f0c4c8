"""Imports and foreign keys go down only; a room's inside is its own (`consents/DESIGN.md`, 3)."""

from pathlib import Path

from django.apps import apps

from tests.architecture.sources import ROOT, imported_by, list_programs

# Higher may import lower; rooms of one level are strangers.
LEVEL = {
    room: level
    for level, rooms in enumerate(
        [
            ["core"],
            ["ledger", "law"],
            ["people"],
            ["catalogue", "notifications"],
            ["vault", "training", "systems"],
            ["choices"],
            ["access"],
            ["decisions", "exemptions"],
            ["disclosures"],
            ["rights", "insights", "breaches"],
            ["copies"],
            ["exports"],
            ["accounts", "home"],
        ]
    )
    for room in rooms
}
OPEN_TO_OTHERS = {"services", "models", "rules", "selectors", "signals", "events"}
# What a room above may use besides: the gate of a page and its proof, the words of a request, the opened key.
ALSO_OPEN = {
    ("ledger", "checkpoints"),
    ("people", "deciding"),
    ("people", "found_customers"),
    ("people", "visitors"),
    ("people", "work"),
    ("people", "two_officers"),
    ("people", "staff", "customer_filter"),
    ("people", "staff", "timelines"),
    ("people", "staff", "waiting"),
    ("people", "joint_words"),
    ("people", "keys"),
    ("people", "proof_codes"),
    ("catalogue", "display"),
    ("catalogue", "terms"),
    ("choices", "receipts"),
    ("choices", "customers", "presenting"),
    ("access", "customers", "presenting"),
    ("disclosures", "customers", "presenting"),
    ("disclosures", "telling", "selectors"),
    ("exemptions", "bypasses"),
    ("exemptions", "customers", "presenting"),
    ("disclosures", "reports", "rules"),
    # The pages of a request, which the room of copies extends.
    ("rights", "staff"),
    ("rights", "customers"),
}
# They show and change many rooms at once, and may use the pages and words of those below.
ABOVE_ALL = {"accounts", "home"}
HEAD = "head"
WITHOUT_CONFIG = {"core", "law"}


def rooms_on_disk() -> set[str]:
    return {path.parent.name for path in (ROOT / "consents").glob("*/apps.py")} | WITHOUT_CONFIG


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "portal":
        return "portal"
    return parts[1] if parts[1] in LEVEL else HEAD


def imports(path: Path) -> list[str]:
    return [name for name in imported_by(path) if name.split(".")[0] in ("consents", "portal", "tests")]


def test_every_room_has_its_level():
    assert rooms_on_disk() == set(LEVEL)


def test_imports_go_down():
    upward = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in list_programs()
        for name in imports(path)
        if not is_allowed(room_of(path), name.split("."))
    ]
    assert len(list_programs()) > 300
    assert not upward


def is_allowed(here: str, name: list[str]) -> bool:
    if here == "portal":
        return name[0] != "tests"
    if name[0] != "consents":
        return False
    there = name[1] if len(name) > 1 and name[1] in LEVEL else HEAD
    if here in (HEAD, there):
        return True
    if there == HEAD or LEVEL[there] >= LEVEL[here]:
        return False
    inside = tuple(name[2:])
    return (
        here in ABOVE_ALL
        or there in ("core", "law")
        or inside[:1] in {(name,) for name in OPEN_TO_OTHERS}
        or any((there, *inside[:n]) in ALSO_OPEN for n in (1, 2))
    )


def test_nothing_is_open_besides_that_no_room_uses():
    used = {
        tuple(name.split(".")[1:][:depth])
        for path in list_programs()
        for name in imports(path)
        for depth in (2, 3)
        if room_of(path) in LEVEL and not name.startswith(f"consents.{room_of(path)}.")
    }
    assert used >= ALSO_OPEN


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


def test_no_module_is_a_drawer_for_leftovers():
    for path in list_programs():
        assert path.stem not in {"utils", "helpers", "common", "misc", "manager", "managers"}, path
