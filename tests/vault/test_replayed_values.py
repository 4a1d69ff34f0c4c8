"""An older value of the same field that somebody puts back is refused, whoever does it."""

import json

import pytest
from django.db import IntegrityError, connection, transaction

from consents.disclosures.services import DamagedData, disclose_own_copy
from consents.ledger.rules import PORTAL
from consents.vault.services import storing
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, put_in_vault
from tests.world.owners import acting_as_owner

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
