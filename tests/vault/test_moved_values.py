"""A sealed value opens only where it was put: same customer, category, record, field, write and key."""

import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core.sealing import CannotOpen, Sealer, open_value, seal_value
from consents.vault import sealed_json
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing
from consents.vault.services.storing import open_values, seal_record

KEY = bytes(range(32))
CUSTOMER, CATEGORY = UUID(int=1), 7


@pytest.fixture
def stored(settings):
    incoming = IncomingRecord(CUSTOMER, CATEGORY, "A-1", {"name": "Ada Marker", "phone": "555"})
    return incoming.id, json.loads(seal_record(incoming, Sealer(KEY, *storing.get_customer_place(CUSTOMER)), "5"))


def test_a_value_opens_where_it_was_stored(stored):
    record, sealed = stored
    assert open_values(KEY, CUSTOMER, CATEGORY, record, sealed) == {"name": "Ada Marker", "phone": "555"}


VALUES = st.dictionaries(st.text(max_size=9), st.text(st.characters(exclude_categories=["Cs"])), max_size=5)


@given(VALUES, st.integers(0, 10**9))
def test_the_text_of_a_fingerprint_is_the_json_of_position_and_values(values, position):
    incoming = IncomingRecord(CUSTOMER, CATEGORY, "A-1", values, position)
    assert incoming.text == json.dumps([position, sorted(values.items())])


@given(st.dictionaries(st.text(max_size=9), st.binary(max_size=40)))
def test_sealed_values_are_written_as_json(values):
    sealed = {name: sealed_json.encode_sealed_text(value, "5") for name, value in values.items()}
    assert json.loads(sealed_json.encode_sealed_values(values, "5")) == sealed


@pytest.mark.parametrize("moved", ["key", "customer", "category", "record", "field", "entry", "key version"])
def test_a_moved_value_does_not_open(stored, monkeypatch, moved):
    record, sealed = stored
    if moved == "field":
        sealed = {"name": sealed["phone"]}
    if moved == "entry":
        sealed = sealed | {"name": sealed["name"].replace("5:", "6:", 1)}
    if moved == "key version":
        monkeypatch.setattr(storing, "KEY_VERSION", "2")
    with pytest.raises(CannotOpen):
        open_values(
            bytes(32) if moved == "key" else KEY,
            uuid4() if moved == "customer" else CUSTOMER,
            CATEGORY + 1 if moved == "category" else CATEGORY,
            uuid4() if moved == "record" else record,
            sealed,
        )


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_value_with_a_changed_byte_does_not_open(at, by):
    sealed = bytearray(seal_value(KEY, b"value", "place"))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(CannotOpen):
        open_value(KEY, bytes(sealed), "place")
