"""Numbers in what commands and pages say: one of something is not many, and a language writes them its own way."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from consents.core.charts import format_number, write_count

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


@pytest.mark.parametrize(("language", "written"), [("en", "1,204"), ("de", "1.204"), ("es", "1\xa0204")])
def test_a_page_groups_a_number_as_its_language_does(language, written):
    with translation.override(language):
        assert format_number(1204) == written and format_number(0) == "0"


def test_no_page_groups_a_number_in_english():
    paths = [path for path in ROOT.rglob("*.py") if not {"management", "ops"} & set(path.parts)]

    assert len(paths) > 500 and {path.name for path in paths if re.search(r":,(\.\d)?f?\}", path.read_text())} == {
        "counts.py"
    }
