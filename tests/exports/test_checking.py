"""An officer checks a package on a page: one that is kept, or any by the text of its manifest."""

import io
import zipfile

import pytest

from consents.exports import sealed_files
from consents.exports.models import Export
from consents.exports.rules import RETENTION
from tests.world.cast import signed_in
from tests.world.exports import make, package_of

PAGE = "/admin/check-package/"


@pytest.fixture
def otto(real_world):
    return signed_in(real_world.otto.user)


@pytest.fixture
def package(played) -> bytes:
    return package_of(played)


def manifest_in(package: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(package)) as zip:
        return zip.read("manifest.jws").decode()


def test_a_kept_package_is_as_exported(otto, package):
    export = Export.objects.get()

    assert f'value="{export.pk}" selected' in otto.get(PAGE, {"export": str(export.pk)}).text
    page = otto.post(PAGE, {"export": str(export.pk)})

    assert page.status_code == 200 and '<span class="state state-yes">As exported</span>' in page.text
    assert "nothing of it is missing" in page.text and export.result.sha256 in page.text


def test_a_kept_package_that_was_changed_is_refused(otto, package):
    path = sealed_files.get_sealed_path(Export.objects.get().pk)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    page = otto.post(PAGE, {"export": str(Export.objects.get().pk)})

    assert page.status_code == 422 and "it was changed after the export" in page.text


def test_the_manifest_of_any_package_is_checked_by_its_text(otto, package):
    page = otto.post(PAGE, {"manifest": manifest_in(package)})
    assert page.status_code == 200 and "The manifest alone was checked" in page.text
    assert Export.objects.get().result.sha256 in page.text


def test_a_changed_manifest_is_not_genuine_and_nothing_typed_is_lost(otto, package):
    changed = manifest_in(package)[:-4] + "AAAA"
    page = otto.post(PAGE, {"manifest": changed})
    assert set(page.context["form"].errors) == {"manifest"}
    assert page.status_code >= 400 and changed[:40] in page.text


@pytest.mark.parametrize(
    "typed", [{}, {"manifest": "x" * 2_000}, {"manifest": "\0"}, {"export": "not-one"}, {"manifest": "é" * 30}]
)
def test_bad_input_gets_a_sentence(otto, package, typed):
    page = otto.post(PAGE, typed)
    assert (400 <= page.status_code < 500 and "errornote" in page.text) or "error" in page.text


def test_a_package_too_large_for_a_page_says_how_else(otto, package, monkeypatch):
    monkeypatch.setattr(sealed_files, "LARGEST_CHECKED", 10)
    page = otto.post(PAGE, {"export": str(Export.objects.get().pk)})
    assert page.status_code == 413 and "verify_export" in page.text


def test_a_package_that_another_machine_wrote_is_checked_here(otto, real_world, settings, tmp_path):
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "all")}}
    settings.STORAGES = settings.STORAGES | {"exports": place}
    package_of(real_world)
    settings.PORTAL_EXPORTS = tmp_path / "other"

    page = otto.post(PAGE, {"export": str(Export.objects.get().pk)})

    assert page.status_code == 200 and "nothing of it is missing" in page.text


def test_a_package_that_is_gone_says_what_to_check_instead(otto, package):
    sealed_files.get_sealed_path(Export.objects.get().pk).unlink()
    page = otto.post(PAGE, {"export": str(Export.objects.get().pk)})
    assert page.status_code == 410 and "Paste the text of its manifest instead" in page.text


def test_what_is_kept_no_longer_is_not_offered(otto, package, later):
    later(RETENTION)
    assert str(Export.objects.get().pk) not in otto.get(PAGE).text


def test_what_is_not_finished_is_not_offered(otto, real_world):
    export = make(real_world)
    assert str(export.pk) not in otto.get(PAGE).text


@pytest.mark.parametrize("who", ["pia", "sam"])
def test_only_compliance_officers_check(real_world, who):
    assert signed_in(getattr(real_world, who).user).get(PAGE).status_code in (403, 404)
