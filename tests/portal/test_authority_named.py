"""The company says who hears complaints about it, on one line."""

import pytest
from django.core.exceptions import ImproperlyConfigured

LINE = "Landesbeauftragter, 1 Musterweg, 12345 Musterstadt, +49 30 555 0100"


@pytest.mark.parametrize("line", ["", LINE, f"{LINE}, https://datenschutz.example/beschwerde", "  Ours  "])
def test_a_line_that_can_be_read_is_taken(settings_of, line):
    assert settings_of(PORTAL_AUTHORITY=line)["PORTAL_AUTHORITY"] == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        "https://datenschutz.example",
        f"{LINE}, http://datenschutz.example",
        f"{LINE}, https://datenschutz.example, second floor",
        f"{LINE}, https://one.example https://two.example",
        f"{LINE}\nhttps://datenschutz.example",
    ],
)
def test_any_other_stops_with_a_sentence(settings_of, line):
    with pytest.raises(ImproperlyConfigured, match="PORTAL_AUTHORITY is one line"):
        settings_of(PORTAL_AUTHORITY=line)
