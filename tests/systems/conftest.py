"""The newsletter may ask about offers, the shop about support; both are told. The till asks, and is told nothing."""

import pytest

from tests.world.systems import Receivers, make_system, receive


@pytest.fixture
def receivers(monkeypatch, tmp_path) -> Receivers:
    return receive(
        monkeypatch,
        tmp_path,
        make_system("newsletter", "offers"),
        make_system("shop", "support"),
        make_system("till", "offers", "support", address=""),
    )
