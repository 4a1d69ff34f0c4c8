"""The embedded server writes its tables more seldom where the disk has room for a longer log."""

import shutil
from types import SimpleNamespace

import pytest

from consents.ops.embedded.sizes import choose_max_wal_size

GIB = 2**30


@pytest.mark.parametrize(("free", "size"), [(GIB, "1GB"), (16 * GIB - 1, "1GB"), (16 * GIB, "2GB"), (900 * GIB, "2GB")])
def test_it_takes_twice_as_much_where_there_is_room(monkeypatch, tmp_path, free, size):
    monkeypatch.setattr(shutil, "disk_usage", {tmp_path: SimpleNamespace(free=free)}.__getitem__)
    assert choose_max_wal_size(tmp_path) == size
