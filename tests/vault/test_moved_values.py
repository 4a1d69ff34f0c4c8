"""A sealed value opens only where it was put: same customer, category, record, field, write and key."""

import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core.sealing import CannotOpen, open_value, prepare_key, seal_value
from consents.vault import incoming_records
from consents.vault.incoming_records import IncomingRecord, compute_hashes, seal_records
from consents.vault.services.storing import open_values

KEY = bytes(range(32))
CUSTOMER, CATEGORY = UUID(int=1), 7


@pytest.fixture
def stored(settings):
    incoming = IncomingRecord(CUSTOMER, CATEGORY, "A-1", {"name": "Ada Marker", "phone": "555"})
    return incoming.id, json.loads(*seal_records([incoming], {CUSTOMER: prepare_key(KEY)}, "5"))


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
    sealed = {name: incoming_records.encode_sealed_text(value, "5") for name, value in values.items()}
    begun = incoming_records.begin_sealed_values(tuple(values), "5")
    encoded = map(incoming_records.encode_sealed_value, begun, values.values())
    assert json.loads(incoming_records.encode_sealed_object(encoded)) == sealed


def test_records_sealed_together_open_each_for_itself():
    customers = [UUID(int=2), UUID(int=1), UUID(int=2)]
    values = [{"name": "Ada", "größe": ""}, {}, {"name": "é" * 50}]
    kinds = zip(customers, (7, 7, 8), values, strict=True)
    records = [IncomingRecord(customer, category, "A-1", some) for customer, category, some in kinds]
    keys = {customer: bytes([customer.int]) * 32 for customer in customers}
    sealed = seal_records(records, {customer: prepare_key(key) for customer, key in keys.items()}, "5")

    for record, text in zip(records, sealed, strict=True):
        opening = keys[record.customer], record.customer, record.category, record.id
        assert open_values(*opening, json.loads(text)) == record.values
    with pytest.raises(CannotOpen):
        open_values(keys[customers[0]], customers[0], 7, records[2].id, json.loads(sealed[2]))


def test_an_id_is_its_own_and_lies_beside_its_customers():
    names = [("A-1", UUID(int=1)), ("A-2", UUID(int=1)), ("A-1", UUID(int=2)), ("A-1", UUID(int=5 << 96))]
    ids = [IncomingRecord(customer, CATEGORY, name, {}).id for name, customer in names]

    assert len({id.bytes[4:] for id in ids}) == len(ids)
    assert [id.int >> 96 for id in ids] == [0, 0, 0, 5]


def test_hashes_computed_together_are_those_of_one_after_the_other():
    records, others = [[IncomingRecord(CUSTOMER, n, str(n), {"a": "é"}, n) for n in range(3)] for _ in range(2)]
    compute_hashes(records)

    assert [(one.id, one.content) for one in records] == [(one.id, one.content) for one in others]


@pytest.mark.parametrize("moved", ["key", "customer", "category", "record", "field", "entry", "key version"])
def test_a_moved_value_does_not_open(stored, monkeypatch, moved):
    record, sealed = stored
    if moved == "field":
        sealed = {"name": sealed["phone"]}
    if moved == "entry":
        sealed = sealed | {"name": sealed["name"].replace("5:", "6:", 1)}
    if moved == "key version":
        monkeypatch.setattr(incoming_records, "KEY_VERSION", "2")
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
