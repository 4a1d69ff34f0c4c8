"""The table of ASVS 5.0 names every control of levels 1 and 2 once, with tests that exist or a reason."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "consents/ASVS.md"
# How many controls the sections have at levels 1 and 2: their numbers run from 1, level 3 comes last.
SECTIONS = {
    "1": (2, 9, 11, 3, 2),
    "2": (3, 3, 4, 1),
    "3": (0, 2, 4, 6, 5, 0, 2),
    "4": (3, 1, 2, 4),
    "5": (1, 3, 2, 3),
    "6": (3, 12, 4, 4, 5, 3, 0, 4),
    "7": (3, 4, 2, 5, 2, 2),
    "8": (2, 3, 1, 1),
    "9": (3, 4),
    "10": (2, 2, 4, 11, 5, 2, 3),
    "11": (2, 3, 3, 4, 1, 1),
    "12": (3, 2, 4),
    "13": (1, 5, 2, 5),
    "14": (2, 4, 3),
    "15": (3, 3, 7),
    "16": (1, 5, 4, 3, 3),
    "17": (1, 4, 2),
}
REASONS = ("not applicable:", "operator:", "open:", "by hand:")


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def controls(cell: str) -> Iterator[str]:
    for part in cell.split(","):
        first, _, last = part.strip().partition("-")
        section, _, number = first.rpartition(".")
        until = last.rpartition(".")[2] or number
        yield from (f"{section}.{one}" for one in range(int(number), int(until) + 1))


def named_tests() -> list[str]:
    return sorted({name for row in rows() for name in re.findall(r"`(tests/[^`]+)`", row[-1])})


def test_every_control_is_listed_once():
    listed = Counter(control for row in rows() for control in controls(row[0]))
    asked = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in SECTIONS.items()
        for section, most in enumerate(sections, 1)
        for number in range(1, most + 1)
    }

    assert len(asked) == 70 + 183
    assert set(listed) == asked and set(listed.values()) == {1}


def test_each_has_a_test_or_a_reason():
    assert [row[0] for row in rows() if not row[-1] and not row[-2].startswith(REASONS)] == []


def test_the_tests_it_names_exist(subtests):
    for name in named_tests():
        path, _, part = name.partition("::")
        source = ROOT / path
        with subtests.test(name=name):
            assert source.is_file()
            assert not part or part in names_in(source)


def names_in(source: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(source.read_text())) if hasattr(node, "name")}
