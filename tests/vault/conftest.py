import pytest

from tests.world.rotations import OwnKeys


@pytest.fixture
def ring(tmp_path, monkeypatch):
    return OwnKeys(tmp_path / "keys", monkeypatch)
