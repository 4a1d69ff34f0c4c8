"""The portal grows only for a reason: a row in `.github/decisions/weight.md` says what for."""

import re
from pathlib import Path

from tests.architecture.sources import ROOT

ROW = re.compile(r"^\| [\d-]+ \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| .+ \|$", re.MULTILINE)


def count_lines(*patterns: str) -> int:
    paths = [path for pattern in patterns for path in ROOT.glob(pattern) if "migrations" not in path.parts]
    return sum(path.read_bytes().count(b"\n") for path in paths)


def test_it_grows_with_a_reason_alone():
    *_earlier, newest = ROW.findall(Path(ROOT, ".github/decisions/weight.md").read_text())
    app, sql, tests = (int(number.replace(",", "")) for number in newest)

    assert count_lines("manage.py", "consents/**/*.py", "portal/**/*.py", "bench/**/*.py") <= app
    assert count_lines("consents/**/*.sql") <= sql
    assert count_lines("tests/**/*.py") <= tests
