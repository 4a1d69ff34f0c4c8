"""Rights requests beside the ledger: what was deleted is noticed, what was removed lawfully is told, not blamed."""

from datetime import timedelta
from pathlib import Path

import pytest

from consents.core.owner import as_owner
from consents.exports.kinds import Dataset
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Type
from tests.exports.scene import days_around_now, package_of
from tests.exports.test_verifying import checked, refused, unpacked
from tests.rights.conftest import answer, file, make_californian, search

OF_REQUESTS = [Dataset.REQUESTS, Dataset.METRICS]
# With the triggers off, as whoever owns the database could.
BY_FORCE = """
DO $$ DECLARE t record; BEGIN
    CREATE TEMP TABLE silenced ON COMMIT DROP AS
        SELECT c.relname, g.tgname, g.tgenabled FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        WHERE NOT g.tgisinternal AND c.relname LIKE 'rights%';
    FOR t IN SELECT * FROM silenced LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', t.relname, t.tgname);
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    {}
    FOR t IN SELECT * FROM silenced LOOP
        EXECUTE format('ALTER TABLE %I ENABLE %s TRIGGER %I', t.relname,
            CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, t.tgname);
    END LOOP;
END $$;
"""


@pytest.fixture
def scene(real_world):
    real_world.cal = make_californian()
    real_world.access = file(real_world.ada, Type.ACCESS)
    real_world.know = file(real_world.cal, Type.KNOW_SPECIFIC)
    real_world.delete = file(real_world.cal, Type.DELETION)
    return real_world


def taken(world, tmp_path: Path, dataset: Dataset, period=None, **changes) -> Path:
    package = package_of(world, dataset=dataset, period=period or days_around_now(), **changes)
    return unpacked(package, tmp_path / f"{dataset}{len(list(tmp_path.iterdir()))}")


def by_force(statement: str) -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(BY_FORCE.format(statement))


def deleted_by_hand(request) -> None:
    by_force(f"""DELETE FROM rights_words WHERE request_id = '{request.pk}';
        DELETE FROM rights_rightsrequest WHERE id = '{request.pk}';""")


@pytest.mark.forced
@pytest.mark.parametrize("dataset", OF_REQUESTS)
def test_a_request_deleted_before_the_export_is_noticed(scene, tmp_path, dataset):
    assert "As exported" in checked(taken(scene, tmp_path, dataset))

    deleted_by_hand(scene.delete)

    lost = {Dataset.REQUESTS: 1, Dataset.METRICS: 2}[dataset]  # among Californians and among all
    assert f"{lost} were filed and are not in the file" in refused(taken(scene, tmp_path, dataset))


@pytest.mark.forced
def test_narrowed_to_another_law_it_is_not_missed(scene, tmp_path):
    deleted_by_hand(scene.delete)

    assert "As exported" in checked(taken(scene, tmp_path, Dataset.REQUESTS, chosen={"law": "gdpr"}))
    assert "As exported" in checked(taken(scene, tmp_path, Dataset.REQUESTS, chosen={"type": "access:specific"}))
    assert "As exported" in checked(taken(scene, tmp_path, Dataset.METRICS, chosen={"law": "gdpr"}))
    assert "1 were filed" in refused(taken(scene, tmp_path, Dataset.REQUESTS, chosen={"jurisdiction": "US-CA"}))
    assert "1 were filed" in refused(taken(scene, tmp_path, Dataset.METRICS, chosen={"population": "california"}))


@pytest.mark.forced
def test_a_request_deleted_after_the_export_is_noticed(scene, tmp_path):
    folder = taken(scene, tmp_path, Dataset.REQUESTS)
    deleted_by_hand(scene.delete)
    assert "1 of the file are not there now" in refused(folder)


@pytest.mark.forced
def test_a_request_that_was_moved_to_another_day_is_noticed(scene, tmp_path):
    by_force(
        f"UPDATE rights_rightsrequest SET received_at = received_at - interval '1 s' WHERE id = '{scene.know.pk}';"
    )
    by_force(f"UPDATE rights_rightsrequest SET received_at = '2020-01-01' WHERE id = '{scene.delete.pk}';")
    assert "1 were filed and are not in the file" in refused(taken(scene, tmp_path, Dataset.REQUESTS))


@pytest.mark.parametrize("dataset", OF_REQUESTS)
def test_what_was_removed_when_its_time_was_over_is_told_and_no_fault(scene, tmp_path, later, dataset):
    search(scene, scene.access)
    answer(scene, scene.access)
    period = days_around_now()
    later(timedelta(days=2))
    folder = taken(scene, tmp_path, dataset, period)
    later(timedelta(days=800))
    assert rights.remove_when_due() == 1

    said = checked(folder)

    assert "1 were removed since on record" in said and "are not in the file" not in said
    assert "As exported" in checked(taken(scene, tmp_path, dataset, period))


@pytest.mark.forced
def test_a_removal_excuses_no_other_row(scene, tmp_path, later):
    search(scene, scene.access)
    answer(scene, scene.access)
    folder = taken(scene, tmp_path, Dataset.REQUESTS)
    later(timedelta(days=800))
    assert rights.remove_when_due() == 1
    deleted_by_hand(scene.know)

    said = refused(folder)

    assert "1 of the file are not there now" in said and "1 were removed since on record" in said


@pytest.mark.forced
@pytest.mark.parametrize("dataset", OF_REQUESTS)
def test_a_row_that_was_never_filed_is_noticed(scene, tmp_path, dataset):
    """Put in by force, and exported since."""
    columns = [
        field.column for field in RightsRequest._meta.concrete_fields if field.column not in ("id", "number", "token")
    ]
    by_force(f"""INSERT INTO rights_rightsrequest (id, number, token, {", ".join(columns)})
        SELECT gen_random_uuid(), 'R-0000-0000', NULL, {", ".join(columns)}
        FROM rights_rightsrequest WHERE id = '{scene.access.pk}';""")
    assert "1 of the file were never filed" in refused(taken(scene, tmp_path, dataset))
