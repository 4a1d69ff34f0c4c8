"""A sealed value opens only where it was put: same customer, category, record, field and key version."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core.sealing import CannotOpen, seal, unseal
from consents.vault.services import Incoming, opened_values, sealed_values, storing

KEY = bytes(range(32))
CUSTOMER, CATEGORY = UUID(int=1), 7


@pytest.fixture
def stored(settings):
    incoming = Incoming(CUSTOMER, CATEGORY, "A-1", {"name": "Ada Marker", "phone": "555"})
    return incoming.id, sealed_values(incoming, KEY)


def test_it_opens_where_it_was_put(stored):
    record, sealed = stored
    assert opened_values(KEY, CUSTOMER, CATEGORY, record, sealed) == {"name": "Ada Marker", "phone": "555"}


@pytest.mark.parametrize("moved", ["key", "customer", "category", "record", "field", "key version"])
def test_it_opens_nowhere_else(stored, monkeypatch, moved):
    record, sealed = stored
    if moved == "field":
        sealed = {"name": sealed["phone"]}
    if moved == "key version":
        monkeypatch.setattr(storing, "KEY_VERSION", "2")
    with pytest.raises(CannotOpen):
        opened_values(
            bytes(32) if moved == "key" else KEY,
            uuid4() if moved == "customer" else CUSTOMER,
            CATEGORY + 1 if moved == "category" else CATEGORY,
            uuid4() if moved == "record" else record,
            sealed,
        )


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_may_change(at, by):
    sealed = bytearray(seal(KEY, b"value", "place"))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(CannotOpen):
        unseal(KEY, bytes(sealed), "place")
