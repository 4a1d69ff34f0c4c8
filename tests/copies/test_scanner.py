"""The company's virus scanner: asked before a file is kept, and without its answer no file is taken."""

import shutil
import subprocess
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile

from consents.copies import file_checks
from consents.copies.file_checks import TEST_SIGNATURE, Harmful, ScannerUnavailable, scan_content
from consents.copies.models import AddedFile
from consents.copies.services.files import NewFile
from consents.ops.monitoring.readiness import describe_scanner
from consents.ops.running import doctor
from portal import environment
from tests.copies.adding import add, searched
from tests.copies.clamd import clamd_on_path, clamd_on_port, silent_listener
from tests.rights.officer_pages import text
from tests.waiting import wait_until
from tests.world.cast import signed_in

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

    assert page.status_code == 422 and "virus scanner does not answer" in text(page)
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
