"""A number to call, on the telephone that shows it."""

import pytest

from consents.templatetags.portal import link_phone
from portal.environment import read_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("0800 555 0100", '<a href="tel:08005550100">0800 555 0100</a>'),
        ("+44 (20) 7946-0000", '<a href="tel:+442079460000">+44 (20) 7946-0000</a>'),
        ("the number on your contract", "the number on your contract"),
        ("<b>112</b>", "<b>112</b>"),
    ],
)
def test_it_dials_a_number_and_leaves_words_alone(phone, shown):
    assert link_phone(phone) == shown


def test_a_line_breaks_beside_a_number_only(monkeypatch):
    monkeypatch.setenv("PORTAL_PHONE", "Call 0800 555 0100 at no cost")

    assert read_phone("PORTAL_PHONE") == "Call 0800\u00a0555\u00a00100 at no cost"
