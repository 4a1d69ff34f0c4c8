"""`verify_export`: what was exported passes; whatever was changed, cut, thinned or made up does not."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from consents.core import keys, signing
from consents.core.owner import silence_triggers
from consents.exports import manifests
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.ledger.services import sealing
from consents.rights.models import RightsRequest, SingleStep, Statement, Step
from consents.rights.services import removing
from tests.exports.packages import checked, refused, unpacked
from tests.world.cast import ask
from tests.world.exports import days_around_now, package_of
from tests.world.owners import acting_as_owner
from tests.world.rights_requests import answer, file, make_californian, search


@pytest.fixture
def folder(played, tmp_path) -> Path:
    return unpacked(package_of(played), tmp_path / "export")


def records_in(folder: Path) -> Path:
    return next(path for path in folder.iterdir() if path.name.startswith("access-log"))


@pytest.mark.parametrize(
    ("dataset", "format"), [(dataset, format) for dataset in Dataset for format in DESCRIPTIONS[dataset].formats]
)
def test_every_export_is_what_it_says(every_dataset, tmp_path, dataset, format):
    (tmp_path / "export.zip").write_bytes(package_of(every_dataset, dataset=dataset, format=format))

    for path in (tmp_path / "export.zip", unpacked((tmp_path / "export.zip").read_bytes(), tmp_path / "export")):
        said = checked(path)
        assert said.startswith("As exported.") and "nothing of it is missing" in said
    assert json.loads((tmp_path / "export" / manifests.READABLE).read_text())["files"][0]["rows"] > 0


def test_a_byte_anywhere_is_noticed(folder):
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert refused(folder), (path.name, at)
        path.write_bytes(whole)
    assert "As exported" in checked(folder)


def test_a_byte_of_the_zip_is_noticed(played, tmp_path):
    whole = package_of(played)
    path = tmp_path / "export.zip"
    start = whole.index(b"event_id")
    for at in (start, start + 500, len(whole) // 2):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert refused(path)


def test_a_cut_file_is_called_cut(folder):
    records = records_in(folder)
    records.write_bytes(records.read_bytes()[:-40])
    assert "was cut" in refused(folder)
    records.write_bytes(b"x")
    assert "was cut: 1 of " in refused(folder)


def test_a_cut_zip_is_noticed(played, tmp_path):
    (tmp_path / "export.zip").write_bytes(package_of(played)[:-100])
    assert "was cut or changed" in refused(tmp_path / "export.zip")


def test_a_thinned_file_is_noticed(folder):
    records = records_in(folder)
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert "SHA-256 differs" in refused(folder)


@pytest.mark.parametrize("name", ["dictionary.csv", "manifest.jws", "access-log"])
def test_a_missing_file_is_noticed(folder, name):
    next(path for path in folder.iterdir() if path.name.startswith(name)).unlink()
    assert ("is missing" if name != "manifest.jws" else "no manifest.jws") in refused(folder)


def test_a_file_put_in_is_noticed(folder):
    (folder / "more.csv").write_text("x")
    assert "more.csv is not part of the export" in refused(folder)


def test_a_readable_copy_that_says_otherwise_is_noticed(folder):
    copy = folder / manifests.READABLE
    copy.write_text(copy.read_text().replace('"personal": false', '"personal": true'))
    assert "differs from the signed manifest" in refused(folder)


def forged(folder: Path, key, **changes) -> None:
    """The manifest with other content, signed again; the readable copy to match."""
    content = json.loads((folder / manifests.READABLE).read_text())
    text, payload = manifests.sign_manifest(content | changes, key)
    (folder / manifests.NAME).write_text(text)
    (folder / manifests.READABLE).write_bytes(manifests.render_manifest(payload))


def test_a_manifest_of_somebody_else_does_not_count(folder, tmp_path):
    keys.make_keys(tmp_path / "keys")
    forged(folder, signing.load_newest_key(tmp_path / "keys", "export"))
    assert "a key that is not ours" in refused(folder)


def test_who_has_the_key_is_caught_by_the_ledger(folder):
    """A row taken out, everything signed again with the portal's own key."""
    records = records_in(folder)
    lines = records.read_bytes().splitlines(keepends=True)
    thinned = b"".join(lines[:3] + lines[4:])
    records.write_bytes(thinned)
    files = json.loads((folder / manifests.READABLE).read_text())["files"]
    files[0] |= {"rows": len(lines) - 2, "size": len(thinned), "sha256": hashlib.sha256(thinned).hexdigest()}
    forged(folder, signing.load_newest_key(settings.PORTAL_KEYS, "export"), files=files)

    assert "The ledger records a different" in refused(folder)


def test_giving_up_the_key_of_receipts_leaves_exports_genuine(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(settings, "PORTAL_KEYS", shutil.copytree(settings.PORTAL_KEYS, tmp_path / "keys"))
    call_command("signing_keys", "receipts", "--withdraw", "1", "--since", "2026-03-01")
    (tmp_path / "jwks.json").write_bytes(Client().get("/.well-known/jwks.json").content)

    call_command("verify_export", str(folder), "--key", str(tmp_path / "jwks.json"))

    assert "As exported." in capsys.readouterr().out


def test_the_key_of_receipts_signs_no_export(folder, tmp_path):
    forged(folder, signing.load_newest_key(settings.PORTAL_KEYS, "receipt"))
    (tmp_path / "jwks.json").write_bytes(Client().get("/.well-known/jwks.json").content)

    with pytest.raises(CommandError, match="a key that is not ours"):
        call_command("verify_export", str(folder), "--key", str(tmp_path / "jwks.json"))


def test_an_export_that_never_was_is_caught_by_the_ledger(folder):
    key = signing.load_newest_key(settings.PORTAL_KEYS, "export")
    forged(folder, key, export="11111111-2222-4333-8444-555555555555")
    assert "no record of such an export" in refused(folder)


@pytest.mark.forced
def test_a_row_that_is_gone_from_the_portal_is_told(folder, later):
    with acting_as_owner() as owner, silence_triggers(owner, "ledger_entry") as cursor:
        cursor.execute("DELETE FROM ledger_entry WHERE event = 'vault.opened'")
    assert "2 of the file are not there now" in refused(folder)


def test_a_ledger_that_was_replaced_is_noticed(played, transactional_db, tmp_path):
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path / "checkpoints"))
    folder = unpacked(package_of(played), tmp_path / "export")
    assert "As exported" in checked(folder)

    with acting_as_owner() as owner, silence_triggers(owner, "ledger_checkpoint", "ledger_leaf") as cursor:
        cursor.execute("DELETE FROM ledger_checkpoint")
        cursor.execute("DELETE FROM ledger_leaf")

    assert "is not from this ledger" in refused(folder)


def test_rows_that_came_since_are_told_while_the_period_runs(folder, real_world):
    ask(real_world, "orders", customer=real_world.ben)
    assert "1 of now are not in the file" in checked(folder)


def test_a_closed_period_taken_again_has_the_same_bytes(every_dataset, later):
    def take() -> dict[Dataset, bytes]:
        return {name: records_of(package_of(every_dataset, dataset=name, period=period)) for name in Dataset}

    period = days_around_now()
    later(timedelta(days=3))
    first = take()
    later(timedelta(days=40))
    ask(every_dataset, "orders", customer=every_dataset.ben)
    again = take()

    assert first == again
    assert all(Export.objects.values_list("result__rows", flat=True))


def records_of(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as zip:
        return zip.read(zip.namelist()[0])


def public_keys(folder: Path) -> Path:
    known = signing.load_key_set(settings.PORTAL_KEYS, "export")
    (folder / "jwks.json").write_text(json.dumps(signing.build_jwks({"export": known})))
    return folder / "jwks.json"


def test_offline_it_needs_the_public_keys_alone(folder, tmp_path):
    """In a process of its own that has no settings, no keys and no database."""
    known = public_keys(tmp_path)
    bare = {"PATH": os.environ["PATH"], "DATABASE_URL": "nonsense", "PORTAL_VAR": str(tmp_path / "none")}

    def run() -> subprocess.CompletedProcess:
        words = ["manage.py", "verify_export", str(folder), "--key", str(known)]
        return subprocess.run([sys.executable, *words], env=bare, capture_output=True, text=True, check=False)

    genuine = run()
    assert (genuine.returncode, genuine.stdout.split(".")[0]) == (0, "As exported"), genuine.stderr
    records = records_in(folder)
    records.write_bytes(records.read_bytes() + b"\n")
    changed = run()
    assert changed.returncode == 1 and "was changed" in changed.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("what", ["nowhere", "text", "empty"])
def test_what_is_no_export_gets_a_sentence(db, tmp_path, what):
    path = tmp_path / what
    if what == "text":
        path.write_text("hello")
    if what == "empty":
        path.mkdir()
    with pytest.raises(CommandError) as refusal:
        checked(path)
    assert refusal.value.returncode == 2


def test_a_file_of_keys_that_is_not_there_is_named(tmp_path):
    assert refused(tmp_path, "--key", "/nowhere/keys") == "/nowhere/keys cannot be read (FileNotFoundError)."


def test_a_byte_of_a_header_of_the_zip_gets_a_sentence(played, tmp_path):
    """Method, flags, version, sizes: whatever they claim by then. What passes has the same content."""
    whole, path, offline = package_of(played), tmp_path / "export.zip", ("--key", str(public_keys(tmp_path)))
    central, refusals = whole.index(b"PK\x01\x02"), 0
    for at in [*range(30), *range(central, central + 46), *range(len(whole) - 22, len(whole))]:
        for bits in (1, 8, 0xFF):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :])
            try:
                assert checked(path, *offline).startswith("As exported.")
            except CommandError:
                refusals += 1
    assert refusals > 50


@pytest.mark.parametrize(("at", "bits"), [(10, 8), (10, 1), (8, 1)], ids=["stored", "method 9", "locked"])
def test_a_changed_method_or_flag_is_not_what_was_exported(played, tmp_path, at, bits):
    whole, path = package_of(played), tmp_path / "export.zip"
    at += whole.index(b"PK\x01\x02")
    path.write_bytes(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :])
    assert "cut or changed" in refused(path)


# Rights requests beside the ledger: what was deleted is noticed, what was removed lawfully is told, not blamed.

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
