"""Rights requests beside the ledger: what was deleted is noticed, what was removed lawfully is told, not blamed."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps

from consents.core.owner import silence_triggers
from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.rights.models import RightsRequest, SingleStep, Statement, Step
from consents.rights.services import removing
from tests.exports.packages import checked, refused, unpacked
from tests.world.exports import days_around_now, package_of
from tests.world.owners import acting_as_owner
from tests.world.rights_requests import answer, file, make_californian, search

OF_REQUESTS = [Dataset.REQUESTS, Dataset.METRICS]
RIGHTS = [model._meta.db_table for model in apps.get_app_config("rights").get_models()]


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
    """With the triggers off, as whoever owns the database could."""
    with acting_as_owner() as owner, silence_triggers(owner, *RIGHTS) as cursor:
        cursor.execute(statement)


def deleted_by_hand(request) -> None:
    steps = [Statement, *Step.__subclasses__(), *SingleStep.__subclasses__()]
    tables = [step._meta.db_table for step in steps]
    emptied = [f"DELETE FROM {table} WHERE rights_request_id = '{request.pk}';" for table in tables]
    by_force(f"""{" ".join(emptied)}
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
    assert removing.remove_requests_when_due() == 1

    said = checked(folder)

    assert "1 were removed since on record" in said and "are not in the file" not in said
    assert "As exported" in checked(taken(scene, tmp_path, dataset, period))


@pytest.mark.forced
def test_a_removal_excuses_no_other_row(scene, tmp_path, later):
    search(scene, scene.access)
    answer(scene, scene.access)
    folder = taken(scene, tmp_path, Dataset.REQUESTS)
    later(timedelta(days=800))
    assert removing.remove_requests_when_due() == 1
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
