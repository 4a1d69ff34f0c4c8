"""Requests of every kind, built through the services. Cal lives in California."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consents.core.clock import now
from consents.law.kinds import ADMT_DAY, KINDS, LATER, Regime


@pytest.fixture
def world(with_cal, world):
    return world


@pytest.fixture
def machines_later(monkeypatch) -> str:
    """The rights about decisions by machines begin in a year, whenever today is; what a page says of that."""
    kinds, day, sentence = KINDS[Regime.CCPA], now().date() + timedelta(days=365), "This right begins in a year."
    for type, kind in kinds.items():
        if kind.from_day == ADMT_DAY:
            monkeypatch.setitem(kinds, type, replace(kind, from_day=day))
    monkeypatch.setitem(LATER, day, sentence)
    return sentence
