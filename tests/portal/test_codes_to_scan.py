"""A code that a telephone scans is dark on light, whatever the colours of the page around it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEETS = Path(settings.BASE_DIR) / "static" / "portal"


@pytest.mark.parametrize("sheet", ["portal.css", "admin.css"])
def test_it_stands_on_white_in_both_houses(sheet):
    rules = re.findall(r"\.qr \{([^}]*)\}", (SHEETS / sheet).read_text())

    assert any("background: #fff" in rule and "padding: 0.75rem" in rule for rule in rules)
