from datetime import time

import pytest

from consents.core.durations import WorkingHours, parse_working_hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", None),
        ("Mon-Fri 07:00-19:30", WorkingHours([1, 2, 3, 4, 5], time(7), time(19, 30))),
        ("Mon-Sun 00:00-24:00", WorkingHours([1, 2, 3, 4, 5, 6, 7], time.min, time.max)),
    ],
)
def test_it_reads_what_an_installation_states(text, hours):
    assert parse_working_hours(text) == hours


@pytest.mark.parametrize("text", ["always", "Fri-Mon 07:00-19:00", "Mon-Fri 19:00-07:00", "Mon-Fri 07:00-25:00", "Mon"])
def test_it_refuses_anything_else(text):
    with pytest.raises(ValueError, match=r"Mon|always|hour"):
        parse_working_hours(text)
