"""The embedded server keeps more of its tables in memory where there is more."""

import os

import pytest

from consents.ops.embedded.sizes import choose_shared_buffers

GIB = 2**30


@pytest.mark.parametrize(
    ("memory", "buffers"),
    [(GIB // 2, "128MB"), (GIB, "128MB"), (2 * GIB, "256MB"), (4 * GIB, "512MB"), (24 * GIB, "512MB")],
)
def test_it_takes_an_eighth_within_bounds(monkeypatch, memory, buffers):
    known = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": memory // 4096}
    monkeypatch.setattr(os, "sysconf", known.__getitem__)
    assert choose_shared_buffers() == buffers
