"""What the tests share lies in modules of its own: tests/world, and support modules in each folder."""

from pathlib import Path

from tests.architecture.imports import imported_by

TESTS = Path(__file__).resolve().parents[1]


def is_of_tests_alone(name: str) -> bool:
    """A module that pytest collects, or its fixtures."""
    return name.startswith("tests.") and any(part.startswith("test_") or part == "conftest" for part in name.split("."))


def test_nothing_is_imported_from_a_test_module():
    found = [
        f"{path.relative_to(TESTS)} imports {name}"
        for path in TESTS.rglob("*.py")
        for name in imported_by(path)
        if is_of_tests_alone(name)
    ]
    assert not found
