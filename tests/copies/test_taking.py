"""What a customer takes away, and the entry they mean: pages after a fresh sign-in, each look on record."""

import json
import shutil
import subprocess
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile

from consents.copies import file_checks
from consents.copies.file_checks import TEST_SIGNATURE, Harmful, ScannerUnavailable, scan_content
from consents.copies.models import AddedFile, Download
from consents.copies.services import packages
from consents.copies.services.files import NewFile
from consents.disclosures.models import Opening
from consents.ledger.rules import PORTAL, Actor
from consents.ops.monitoring.readiness import describe_scanner
from consents.ops.running import doctor
from consents.people.services import claiming, customer_records
from consents.rights.models import ChosenEntry
from consents.rights.rules import WhyNotCorrected
from portal import environment
from tests.copies.clamd import clamd_on_path, clamd_on_port, silent_listener
from tests.copies.collecting import add, granted, jobs, searched, taken
from tests.forms import forms_on, sent
from tests.rights.handling import PRICE, decide, proposed
from tests.rights.officer_pages import freshly
from tests.rights.officer_pages import text as officer_pages_text
from tests.waiting import wait_until
from tests.world.cast import signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.rights_requests import PHONE, answer, entries, file
from tests.world.scene_fixtures import scene


def page_of(request, name="") -> str:
    return f"/rights/requests/{request.number}/{name}"


def text(response) -> str:
    return " ".join(response.content.decode().split())


@scene
def ready(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)
    return request


def test_the_request_says_where_its_copy_stands(real_world, later):
    request, ada = granted(real_world), signed_in(real_world.ada.user)
    assert "We are preparing it." in text(ada.get(page_of(request)))

    packages.make_package(rights_request=request.pk)
    assert "Download my data" in text(ada.get(page_of(request)))

    later(timedelta(days=15))
    assert "Have it prepared again" in text(ada.get(page_of(request)))


def test_both_parts_come_as_files_each_on_record(real_world, ready):
    ada = freshly(real_world.ada)
    (form,) = [one for one in forms_on(ada.get(page_of(ready, "package/"))) if ("part", "page") in one.buttons]

    page, data = (sent(ada, form, path=page_of(ready, "package/"), part=part) for part in ("page", "data"))

    assert b"Ada Marker" in page.content and json.loads(data.content)["request"] == ready.number
    assert page["Content-Disposition"] == f'attachment; filename="{ready.number}.html"'
    assert "sandbox" in page["Content-Security-Policy"] and "no-store" in page["Cache-Control"]
    assert Download.objects.count() == 2


def test_all_of_it_comes_as_one_archive(real_world, ready):
    response = freshly(real_world.ada).post(page_of(ready, "package/"), {"part": "all"})

    archive = ZipFile(BytesIO(b"".join(response.streaming_content)))
    assert archive.namelist() == [f"{ready.number}.html", f"{ready.number}.json"]
    page = archive.read(f"{ready.number}.html").decode()
    assert "Ada Marker" in page and "No one outside" in page and Download.objects.get().part == "all"


def test_a_download_needs_a_fresh_sign_in(real_world, ready):
    client = signed_in(real_world.ada.user)

    for response in (client.get(page_of(ready, "package/")), client.post(page_of(ready, "package/"), {"part": "data"})):
        assert "reauthenticate" in response.url
    assert not Download.objects.exists()


def test_nobody_elses_is_there(real_world, ready):
    ben = freshly(real_world.ben)

    for response in (ben.get(page_of(ready, "package/")), ben.post(page_of(ready, "package/"), {"part": "data"})):
        assert response.status_code == 404


def test_a_copy_that_could_not_be_prepared_is_not_called_under_way_for_ever(real_world, later):
    request = granted(real_world)
    assert "We are preparing it" in text(freshly(real_world.ada).get(page_of(request, "")))
    later(timedelta(days=1, hours=1))
    ada = freshly(real_world.ada)

    for page in (page_of(request, "package/"), page_of(request, "")):
        assert "We could not prepare it yet" in text(ada.get(page))
    record = f"/admin/rights/rightsrequest/{request.pk}/change/"
    assert "It could not be prepared" in text(signed_in(real_world.pia.user).get(record))
    (form,) = [one for one in forms_on(ada.get(page_of(request, "package/"))) if ("remake", "1") in one.buttons]
    sent(ada, form, path=page_of(request, "package/"), remake="1")
    assert "We are preparing it" in text(ada.get(page_of(request, "")))
    assert packages.make_package(rights_request=request.pk)
    assert "Your data is ready" in text(ada.get(page_of(request, "")))


def test_it_is_said_who_took_it(real_world):
    """A mother's download is not her child's."""
    ada = real_world.ada
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, born_on=date(2018, 5, 1), country="DE")
    code = make_claim_code(customer=child, officer=real_world.otto.user, capacity="guardian")
    claiming.claim_record_by_code(user=ada.user, code=code, by=ada.actor)
    by = Actor("representative", str(ada.user.pk))
    mother = SimpleNamespace(customer=child, acting=ada.user.actings.get(customer=child), actor=by)
    request = granted(real_world, person=mother)
    packages.make_package(rights_request=request.pk)
    taken(real_world, request, person=mother)

    page = text(signed_in(real_world.pia.user).get(f"/admin/rights/rightsrequest/{request.pk}/change/"))

    assert "Downloaded by somebody who acts for the customer" in page and "by the customer" not in page


def test_after_two_weeks_the_copy_can_be_prepared_again(real_world, ready, later):
    later(timedelta(days=15))
    ada = freshly(real_world.ada)
    gone = ada.post(page_of(ready, "package/"), {"part": "data"})
    assert gone.status_code == 409 and "Ask us to prepare it again" in text(gone)
    (form,) = [one for one in forms_on(ada.get(page_of(ready, "package/"))) if ("remake", "1") in one.buttons]

    for _ in range(2):
        sent(ada, form, path=page_of(ready, "package/"), remake="1")

    assert len(jobs()) == 2 and entries(ready).count("package_asked") == 1
    for page in (page_of(ready, "package/"), page_of(ready, "")):
        shown = text(ada.get(page))
        assert "We are preparing it. It will be here, and we email you if we have your address." in shown
        assert "The two weeks to download it are over" not in shown


def test_a_made_up_part_is_none(real_world, ready):
    response = freshly(real_world.ada).post(page_of(ready, "package/"), {"part": "everything"})

    assert response.status_code == 200 and not Download.objects.exists()


def test_there_is_no_copy_where_none_belongs(real_world):
    request = answer(real_world, file(real_world.ada, "A22"))

    assert freshly(real_world.ada).get(page_of(request, "package/")).status_code == 404


def test_they_choose_the_entry_from_a_list_that_is_a_look_on_record(real_world):
    ada, request = freshly(real_world.ada), proposed(real_world, PRICE)
    assert "Choose the entry" in text(ada.get(page_of(request)))
    assert "Blue lamp" not in text(ada.get(page_of(request, "entry/"))) and not Opening.objects.exists()

    listed = ada.post(page_of(request, "entry/"), {"show": "1"})
    assert "Blue lamp, 19.90" in text(listed) and "allergy" not in text(listed)
    assert Opening.objects.get().kind == "own_copy"
    (form,) = forms_on(listed, "entry")
    sent(ada, form, path=page_of(request, "entry/"), entry=form.offers["entry"][0])

    assert str(ChosenEntry.objects.get().entry) == form.offers["entry"][0]
    assert "Choose the entry" not in text(ada.get(page_of(request)))
    assert ada.get(page_of(request, "entry/")).url == page_of(request)


@pytest.mark.parametrize("made_up", ["", "x", "\0", "0c9f1a52"])
def test_a_made_up_entry_is_not_there(real_world, made_up):
    request = proposed(real_world, PRICE)

    response = freshly(real_world.ada).post(page_of(request, "entry/"), {"entry": made_up})

    assert response.status_code == 404 and not ChosenEntry.objects.exists()


def test_they_read_what_became_of_each_value(real_world):
    request = proposed(real_world, PHONE)
    decide(real_world, request, why_not=WhyNotCorrected.ACCURATE)

    page = text(signed_in(real_world.ada.user).get(page_of(request)))

    assert "<dt>Phone</dt> <dd> Not changed. What we hold is right, as far as we can show." in page


# The company's virus scanner: asked before a file is kept, and without its answer no file is taken.

LARGE = bytes(range(256)) * 1024


@pytest.fixture
def place(tmp_path, settings):
    settings.PORTAL_SCANNER = str(tmp_path / "clamd")
    return tmp_path / "clamd"


def test_it_reads_the_whole_file_in_pieces(place):
    with clamd_on_path(place) as clamd:
        scan_content(LARGE)
        with pytest.raises(Harmful):
            scan_content(LARGE + TEST_SIGNATURE)

    assert clamd.streamed == [LARGE, LARGE + TEST_SIGNATURE]


def test_it_listens_on_a_port_too(settings):
    with clamd_on_port() as settings.PORTAL_SCANNER:
        scan_content(LARGE)
        assert describe_scanner() == {"scanner": "ok"}
        assert [state for state, _sentence in doctor.check_scanner()] == [doctor.OK]


@pytest.mark.parametrize(
    "reply", [b"INSTREAM size limit exceeded. ERROR\0", b"HTTP/1.1 400\0", b"stream: OK", b"\0", b"x" * 9000]
)
def test_any_other_answer_is_none(place, reply):
    with clamd_on_path(place, reply=reply):
        with pytest.raises(ScannerUnavailable):
            scan_content(b"x")
        assert describe_scanner() == {"scanner": "broken"}


def test_a_scanner_that_is_down_or_silent_takes_no_file(place, settings, monkeypatch):
    with pytest.raises(ScannerUnavailable):
        scan_content(b"x")
    assert [state for state, _sentence in doctor.check_scanner()] == [doctor.WRONG]
    for limit in ("SCANNER_SECONDS", "PING_SECONDS"):
        monkeypatch.setattr(file_checks, limit, 0.05)
    with silent_listener() as settings.PORTAL_SCANNER:
        with pytest.raises(ScannerUnavailable):
            scan_content(LARGE)
        assert not file_checks.is_scanner_ready()


def test_one_that_takes_longer_than_it_may_is_not_waited_for(place, monkeypatch):
    monkeypatch.setattr(file_checks, "PING_SECONDS", 1e-9)
    with clamd_on_path(place):
        assert not file_checks.is_scanner_ready()


def test_without_a_scanner_nobody_is_asked(settings):
    settings.PORTAL_SCANNER = None

    assert scan_content(b"x") is None and describe_scanner() == {} and not file_checks.is_scanner_ready()
    assert [state for state, _sentence in doctor.check_scanner()] == [doctor.OK]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("", None),
        ("clamd:/run/clamd.ctl", "/run/clamd.ctl"),
        ("clamd:scanner:3310", ("scanner", 3310)),
        ("clamd:[::1]:3310", ("::1", 3310)),
    ],
)
def test_where_it_listens_is_read_from_the_environment(monkeypatch, said, read):
    monkeypatch.setenv("PORTAL_SCANNER", said)

    assert environment.read_scanner("PORTAL_SCANNER") == read


@pytest.mark.parametrize(
    "said", ["/run/clamd.ctl", "clamd:", "clamd:scanner", "clamd::1", "clamd:x:0", "clamd:x:70000"]
)
def test_what_says_nothing_of_the_kind_stops_the_program(monkeypatch, said):
    monkeypatch.setenv("PORTAL_SCANNER", said)

    with pytest.raises(ImproperlyConfigured, match="where clamd listens"):
        environment.read_scanner("PORTAL_SCANNER")


def test_what_only_the_scanner_knows_is_not_kept(world, place):
    with clamd_on_path(place, reply=b"stream: Win.Test.Other FOUND\0"), pytest.raises(Harmful):
        add(world, searched(world), NewFile("note.txt", b"nothing that we would see"))

    assert AddedFile.objects.count() == 0


def test_an_officer_is_told_and_loses_no_word(world, place):
    request, pia = searched(world), signed_in(world.pia.user)
    path = f"/admin/rights/rightsrequest/{request.pk}/files/"
    said = {"system": "The shop", "left_out": "part", "words": "The name of a neighbour.", "token": str(uuid4())}

    page = pia.post(path, said | {"content": SimpleUploadedFile("note.txt", b"Called twice.")})

    assert page.status_code == 422 and "virus scanner does not answer" in officer_pages_text(page)
    assert "The name of a neighbour." in page.text and AddedFile.objects.count() == 0


# A signature file of our own for the agreed test file, so that the real scanner needs no download.
HEX = TEST_SIGNATURE.hex()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("clamd"), reason="clamd is not installed")
def test_the_real_clamd_says_the_same(tmp_path, settings):
    database, listening, rules = tmp_path / "db", tmp_path / "clamd.ctl", tmp_path / "clamd.conf"
    database.mkdir()
    (database / "test.ndb").write_text(f"Eicar-Test:0:*:{HEX}\n")
    rules.write_text(f"Foreground yes\nLocalSocket {listening}\nDatabaseDirectory {database}\n")
    with subprocess.Popen(["clamd", "--config-file", str(rules)], stdout=subprocess.DEVNULL) as clamd:
        try:
            settings.PORTAL_SCANNER = str(listening)
            wait_until(file_checks.is_scanner_ready, "clamd listens")
            scan_content(LARGE)
            with pytest.raises(Harmful):
                scan_content(LARGE + TEST_SIGNATURE)
        finally:
            clamd.terminate()
