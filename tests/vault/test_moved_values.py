"""A sealed value opens only where it was put: same customer, category, record, field, write and key."""

import json
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from consents.core.sealing import CannotOpen, open_value, prepare_key, seal_value
from consents.disclosures.services import DamagedData, disclose_own_copy
from consents.ledger.rules import PORTAL
from consents.vault import incoming_records
from consents.vault.incoming_records import IncomingRecord, compute_hashes, seal_records
from consents.vault.services import storing
from consents.vault.services.storing import open_values
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, put_in_vault
from tests.world.owners import acting_as_owner

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


# An older value of the same field that somebody puts back is refused, whoever does it.

TELL = "SELECT portal.append_entry('vault.stored', %s, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"


@pytest.fixture
def allowed(real_world):
    return answer(real_world, ask(real_world, "contact"), "all")


def read_sealed(world) -> tuple[str, dict[str, str]]:
    """As the owner, past the vault's door."""
    with acting_as_owner() as owner, transaction.atomic(), owner.cursor() as cursor:
        cursor.execute("ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "SELECT id, sealed::text FROM vault_record WHERE customer_id = %s AND category_id = %s",
            [world.ada.customer.id, world.categories["contact"].pk],
        )
        record, sealed = cursor.fetchone()
        cursor.execute("ALTER TABLE vault_record FORCE ROW LEVEL SECURITY")
    return record, json.loads(sealed)


def put_back(record: str, sealed: dict[str, str]) -> None:
    with acting_as_owner() as owner, transaction.atomic(), owner.cursor() as cursor:
        cursor.execute("ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY")
        cursor.execute("UPDATE vault_record SET sealed = %s WHERE id = %s", [json.dumps(sealed), record])
        cursor.execute("ALTER TABLE vault_record FORCE ROW LEVEL SECURITY")


def correct(world, value: str) -> None:
    about = {"customer": world.ada.customer.id, "category": world.categories["contact"].pk}
    storing.correct_value(**about, field="phone", value=value, by=PORTAL)


def test_what_the_owner_puts_back_is_refused(real_world, allowed):
    record, before = read_sealed(real_world)
    correct(real_world, "555-0200")
    assert look(real_world, allowed, "contact").records[0]["phone"] == "555-0200"
    _same, after = read_sealed(real_world)

    for sealed in (before, after | {"phone": before["phone"]}, before | {"phone": after["phone"], "name": ""}):
        put_back(record, sealed)
        with pytest.raises(DamagedData):
            look(real_world, allowed, "contact")
        with pytest.raises(DamagedData):
            disclose_own_copy(customer=real_world.ada.customer.id, by=real_world.ada.actor)

    put_back(record, after)
    assert look(real_world, allowed, "contact").records[0]["phone"] == "555-0200"


def test_an_import_counts_as_the_newest(real_world, allowed):
    put_in_vault(real_world.ada.customer, real_world.categories["contact"], {"name": "Ada Marker", "phone": "555-0300"})

    assert look(real_world, allowed, "contact").records[0]["phone"] == "555-0300"


@pytest.mark.parametrize("way", ["stored", "corrected"])
def test_the_application_cannot_store_an_older_value_again(real_world, allowed, way):
    record, before = read_sealed(real_world)
    correct(real_world, "555-0200")
    ada, contact = real_world.ada.customer.id, real_world.categories["contact"].pk
    statement, values = {
        "stored": (
            "SELECT portal.store_records(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], ARRAY[%s]::bigint[], ARRAY[0],"
            " ARRAY[%s]::jsonb[])",
            [record, ada, contact, json.dumps(before)],
        ),
        "corrected": (
            "SELECT portal.correct_value(%s, %s, %s, 'phone', %s)",
            [record, ada, contact, before["phone"]],
        ),
    }[way]

    with (
        pytest.raises(IntegrityError, match="sealed for the write"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(TELL, [ada])
        cursor.execute(statement, values)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TELL, [ada])
        entry = cursor.execute("SELECT max(id) FROM ledger_entry").fetchone()[0]
        renamed = {field: f"{entry}:{text.partition(':')[2]}" for field, text in before.items()}
        values[-1] = json.dumps(renamed) if way == "stored" else renamed["phone"]
        cursor.execute(statement, values)
    with pytest.raises(DamagedData):
        look(real_world, allowed, "contact")
