"""Numbers in what commands say: one of something is not many."""

import re
from pathlib import Path

from consents.core.counts import write_count

ROOT = Path(__file__).resolve().parents[2] / "consents"
COUNTED = "chains|checkpoints|choices|customers|entries|factors|grants|keys|messages|requests|rows|times|variables"
BY_HAND = re.compile(rf"\}}'?(?: \w+){{0,2}} (?:{COUNTED})\b")


def test_one_is_one_and_all_else_is_many():
    assert write_count(1, "entry", "entries") == "1 entry" and write_count(0, "entry", "entries") == "0 entries"
    assert write_count(2, "row") == "2 rows"


def test_no_command_counts_by_hand():
    """But for `bench`, which is told how many to make."""
    paths = [*(ROOT / "management").rglob("*.py"), *(ROOT / "ops").rglob("*.py")]
    counted = {
        f"{path.name}: {match[0]}"
        for path in paths
        if not {"bench", "demo"} & set(path.parts)
        for match in BY_HAND.finditer(path.read_text())
    }

    assert len(paths) > 100 and counted == set()
