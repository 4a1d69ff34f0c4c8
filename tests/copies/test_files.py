"""Files that officers add to a copy: judged, sealed, agreed to by two, sent in one folder, and gone in time."""

import json
import time
import tracemalloc
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consents.copies.file_checks import (
    PDF,
    TEST_SIGNATURE,
    ActiveContent,
    CannotRead,
    EmptyFile,
    Harmful,
    OtherKind,
    clean_name,
    judge_file,
)
from consents.copies.models import AddedFile, Download, FileChunk
from consents.copies.rules import MEGABYTE, LeftOut
from consents.copies.selectors import FileTooLarge, FileWaits, NoFilesHere, NoSystem, SayWhatIsLeftOut
from consents.copies.services import files, packages
from consents.copies.services.files import NewFile
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.people.two_officers.refusals import NeedsSecondOfficer
from consents.rights.refusals import AlreadyAnswered
from tests.architecture.mutation.speaking import spoken
from tests.copies.collecting import NOTE, PAGE, add, searched, taken
from tests.rights.officer_pages import text
from tests.world.cast import signed_in
from tests.world.documents import make_pdf, make_pdf_bomb, make_zip_bomb
from tests.world.erasing import erase
from tests.world.rights_requests import answer, by_staff, file, search


def black_out(world, request, **terms) -> AddedFile:
    return add(world, request, left_out=LeftOut.PART, words="The name of a neighbour.", **terms)


def agree(world, added, officer=None):
    officer = officer or world.otto
    return files.agree_to_left_out(file=added.pk, officer=officer, by=by_staff(officer))


def everything(world, request) -> ZipFile:
    return ZipFile(BytesIO(taken(world, request, Download.Part.ALL)))


def sent(world, request) -> ZipFile:
    answer(world, request)
    assert packages.make_package(rights_request=request.pk)
    return everything(world, request)


def test_a_file_comes_with_the_copy_and_is_told_of_in_it(real_world):
    request = searched(real_world)
    large = NewFile("../../log\u202e.TXT", b"line\n" * 200_000)
    add(real_world, request, large)

    archive = sent(real_world, request)

    path = next(name for name in archive.namelist() if name.startswith("files/"))
    assert path == "files/The shop/log.txt" and archive.read(path) == large.content
    (told,) = json.loads(taken(real_world, request))["files"]
    assert (told["path"], told["bytes"], told["left_out"]) == (path, 1_000_000, "nothing")
    assert told["sha256"] in taken(real_world, request, PAGE).decode()
    assert f"{request.number}.json" in archive.namelist()
    assert Download.objects.filter(part="all").count() == 1


def test_nothing_readable_lies_in_the_database_or_on_record(real_world):
    add(real_world, searched(real_world))

    (chunk,) = FileChunk.objects.all()
    assert b"lamp" not in bytes(chunk.sealed) and b"note" not in bytes(AddedFile.objects.get().sealed_about)
    assert "note" not in Entry.objects.get(event="rights_request.file_added").canonical


def test_what_is_left_out_waits_for_a_second_officer_and_is_said_in_words(real_world):
    request = searched(real_world)
    added = black_out(real_world, request)
    whole = add(real_world, request, None, LeftOut.WHOLE, "A letter from your neighbour.")
    with pytest.raises(FileWaits):
        answer(real_world, request)
    with pytest.raises(NeedsSecondOfficer):
        agree(real_world, added, real_world.pia)
    agree(real_world, added)
    agree(real_world, whole)

    archive = sent(real_world, request)

    page = taken(real_world, request, PAGE).decode()
    assert "The name of a neighbour." in page and "A letter from your neighbour." in page
    assert len([name for name in archive.namelist() if name.startswith("files/")]) == 1
    assert [entry.actor for entry in Entry.objects.filter(event="rights_request.file_agreed")] == [
        str(real_world.otto.pk)
    ] * 2


def test_a_file_taken_out_again_is_not_sent_and_its_content_is_gone(real_world):
    request = searched(real_world)
    added = black_out(real_world, request)

    files.take_out_file(file=added.pk, officer=real_world.pia, by=by_staff(real_world.pia))

    assert not FileChunk.objects.exists()
    assert not [name for name in sent(real_world, request).namelist() if name.startswith("files/")]


def test_files_go_with_the_package_and_with_the_customer(real_world, later):
    request, bens = searched(real_world), searched(real_world, real_world.ben)
    add(real_world, request)
    add(real_world, bens)
    sent(real_world, request)
    later(timedelta(days=14, seconds=1))

    assert packages.remove_packages_when_due() == 1
    assert list(FileChunk.objects.values_list("customer", flat=True)) == [real_world.ben.customer.id]
    erase(real_world, real_world.ben)
    assert not FileChunk.objects.exists()


def test_a_copy_of_any_size_is_sent_in_the_same_memory(real_world):
    request = searched(real_world)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(4 * MEGABYTE)
    for number in range(3):
        add(real_world, request, NewFile(f"{number}.png", picture))
    answer(real_world, request)
    packages.make_package(rights_request=request.pk)
    about = {"rights_request": request.pk, "part": "all", "acting": real_world.ada.acting, "by": real_world.ada.actor}

    tracemalloc.start()
    sent = sum(len(piece) for piece in packages.download_package(**about))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 3 * len(picture) and most < 3 * MEGABYTE, (sent, most)


def test_files_are_added_to_an_open_request_for_a_copy_alone(real_world):
    request, erasure = searched(real_world), file(real_world.ben, Type.ERASURE)
    search(real_world, erasure)
    with pytest.raises(NoFilesHere):
        add(real_world, erasure)
    with pytest.raises(NoSystem):
        add(real_world, request, system=" ")
    for left_out, words, new_file in (("part", "", NOTE), ("whole", "A letter.", NOTE), ("nothing", "A name.", NOTE)):
        with pytest.raises(SayWhatIsLeftOut):
            add(real_world, request, new_file, LeftOut(left_out), words)
    answer(real_world, request)
    with pytest.raises(AlreadyAnswered):
        add(real_world, request)


def test_a_system_is_noted_as_searched_with_its_first_file(real_world):
    request = file(real_world.ada)
    add(real_world, request, system="The shop")
    add(real_world, request, system="The shop")

    assert [(search.system, search.found) for search in request.search_set.all()] == [("The shop", True)]


def test_a_file_is_no_larger_than_allowed(world, settings):
    settings.PORTAL_COPY_FILE_MB = 1
    with pytest.raises(FileTooLarge):
        add(world, searched(world), NewFile("a.txt", b"a" * (1024 * 1024 + 1)))


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"", "a.txt", EmptyFile),
        (TEST_SIGNATURE, "a.txt", Harmful),
        (b"%PDF-1.7\n%%EOF", "a.pdf", CannotRead),
        (b"PK\x03\x04\x14\x00\x00\x00", "a.pdf", OtherKind),
        (b"\x00\x01\x02", "a.txt", OtherKind),
        (b"MZ\x90\x00\xff", "a.png", OtherKind),
        (b"name,total\nAda,=cmd|' /C calc'!A0", "a.csv", ActiveContent),
        (b"name,total\nAda,+cmd|' /C calc'!A0", "a.csv", ActiveContent),
        (b'name,total\nAda,"- HYPERLINK(""https://evil.example"")"', "a.csv", ActiveContent),
        ("name;total\nAda;\u200b\uff1dSUM(A1)".encode(), "a.csv", ActiveContent),
        (make_pdf(script="app.alert(1)"), "a.pdf", ActiveContent),
        (make_pdf(attached=b"x"), "a.pdf", ActiveContent),
        (make_pdf(password="secret"), "a.pdf", CannotRead),
    ],
)
def test_what_runs_hides_or_cannot_be_read_is_refused(content, name, refusal):
    with pytest.raises(refusal):
        judge_file(content, name)


def test_a_table_of_numbers_and_plain_words_is_taken():
    table = b"day,total,words,phone\n2026-11-28,-12.50,- none (yet)!,+49 (0) 30 123\n"
    assert judge_file(table, "a.csv").ending == "csv"


def test_a_table_of_blank_lines_is_read_once():
    """Looked at again from each of its lines, a megabyte of them would take hours."""
    began = time.process_time()
    assert judge_file(b"a,b\n" + b"\r\n" * 20_000, "a.csv").ending == "csv"
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", ["a.pdf", "a.txt", "a.zip"])
def test_an_archive_is_refused_unopened(name):
    bomb = make_zip_bomb(50_000_000)
    with pytest.raises(OtherKind):
        judge_file(bomb, name)
    assert len(bomb) < 100_000


def test_a_pdf_that_unfolds_without_end_is_given_up():
    whole, bomb = make_pdf_bomb(1000), make_pdf_bomb(100_000_000)
    assert judge_file(whole, "a.pdf").ending == "pdf" and len(bomb) < 200_000
    with pytest.raises(CannotRead):
        judge_file(bomb, "a.pdf")


def test_on_the_page_a_file_that_is_too_large_gets_a_sentence_and_nothing_typed_is_lost(world, settings):
    settings.PORTAL_COPY_FILE_MB = 1
    request, pia = searched(world), signed_in(world.pia.user)
    large = SimpleUploadedFile("../../large.txt", b"a" * (1024 * 1024 + 1))
    said = {"system": "The shop", "left_out": "part", "words": "A neighbour.", "token": str(uuid4()), "content": large}
    page = pia.post(f"/admin/rights/rightsrequest/{request.pk}/files/", said)
    assert page.status_code == 422 and "at most 1 MB" in text(page)
    assert "A neighbour." in text(page) and "The shop" in text(page) and not AddedFile.objects.exists()


def test_what_is_taken_is_called_by_what_it_is():
    assert judge_file(make_pdf(), "a.exe").ending == "pdf"
    assert judge_file(b"\x89PNG\r\n\x1a\n", "a.txt").ending == "png"
    assert judge_file(b"name,total\nAda,-5", "a.csv").ending == "csv"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\evil\u202egnp.exe", "evilgnp.pdf"),
        ("a\x00\r\nb.pdf", "ab.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("x" * 300, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere(name, clean):
    assert clean_name(name, PDF) == clean


def test_pages_add_read_agree_and_take_out(real_world):
    request, pia, otto = searched(real_world), signed_in(real_world.pia.user), signed_in(real_world.otto.user)
    url = f"/admin/rights/rightsrequest/{request.pk}/files/"
    system = request.search_set.first().system
    said = {"system": system, "left_out": "part", "words": "A name.", "token": str(uuid4())}

    bad = pia.post(url, said | {"content": SimpleUploadedFile("a.zip", b"PK\x03\x04\x00\xff")})
    assert bad.status_code == 422 and "This kind of file is not taken" in text(bad) and "A name." in text(bad)
    whole = said | {"content": SimpleUploadedFile("note.txt", NOTE.content), "token": str(uuid4())}
    assert "A second officer must agree" in text(pia.post(url, whole, follow=True))

    added = AddedFile.objects.get()
    assert "Agree to what is left out" not in text(pia.get(url))
    assert "Agree to what is left out" in text(otto.get(url))
    one = f"{url}{added.pk}/"
    read = otto.post(one, {"act": "read"})
    assert b"".join(read.streaming_content) == NOTE.content and "attachment" in read["Content-Disposition"]
    otto.post(one, {"act": "agree", "token": str(uuid4())})
    assert added.decisions.get().outcome == "agreed"
    assert otto.post(f"{url}{uuid4()}/", {"act": "read"}).status_code == 404


ADDED = """INSERT INTO copies_addedfile (id, rights_request_id, customer_id, system, kind, size, left_out, sealed_about,
    added_by_id) VALUES (%s, %s, %s, %s, 'txt', %s, 'nothing', 'x', %s)"""
CHUNK = "INSERT INTO copies_filechunk (file_id, customer_id, number, sealed) VALUES (%s, %s, 0, %s)"
TOLD = """SELECT portal.append_entry(%s, %s, 'staff', %s, 'rights_request', %s, '', 'portal', NULL, %s, %s)"""


@pytest.fixture
def added(real_world):
    return black_out(real_world, searched(real_world))


def test_in_sql_a_file_is_added_whole_from_a_searched_system_by_an_officer_on_record(real_world, added):
    id, request, ada, pia = str(uuid4()), added.rights_request_id, added.customer_id, real_world.pia.pk

    def adding(system=added.system, size=1, by=pia, customer=ada, event="rights_request.file_added", told_by=None):
        told = [event, customer, str(told_by or by), str(request), "nothing", json.dumps({"file": id})]
        chunk = (CHUNK, [id, customer, b"x" * 30])
        return spoken((TOLD, told), (ADDED, [id, request, customer, system, size, by]), chunk)

    assert adding().startswith("allowed")
    for refused in ({"system": "Nowhere"}, {"by": real_world.sam.pk}, {"customer": real_world.ben.customer.id}):
        assert adding(**refused) == "23001 copies_addedfile_from_search"
    for refused in ({"size": 2}, {"event": "rights_request.file_read"}, {"told_by": real_world.otto.pk}):
        assert adding(**refused) == "23001 copies_addedfile_on_record"


def test_in_sql_a_chunk_comes_with_its_file_stays_and_is_its_customers(real_world, added):
    later = (CHUNK.replace("0, %s", "9, %s"), [added.pk, added.customer_id, b"x" * 30])
    assert spoken(later) == "23001 copies_filechunk_kept"
    assert spoken("DELETE FROM copies_filechunk") == "23001 copies_filechunk_kept"
    assert spoken("UPDATE copies_filechunk SET number = 7").startswith("42501")


def test_in_sql_only_another_officer_agrees_and_on_record(real_world, added):
    decided = """INSERT INTO copies_filedecision (file_id, customer_id, outcome, decided_by_id)
        VALUES (%s, %s, 'agreed', %s)"""

    def agreeing(by, told_by=None, customer=added.customer_id):
        told = ["rights_request.file_agreed", added.customer_id, str(told_by or by), str(added.rights_request_id), ""]
        about = json.dumps({"file": str(added.pk)})
        return spoken((TOLD, [*told, about]), (decided, [added.pk, customer, by]))

    assert agreeing(real_world.otto.pk).startswith("allowed")
    for by, terms in (
        (real_world.pia.pk, {}),
        (real_world.sam.pk, {}),
        (real_world.otto.pk, {"told_by": real_world.pia.pk}),
        (real_world.otto.pk, {"customer": real_world.ben.customer.id}),
    ):
        assert agreeing(by, **terms) == "23001 copies_filedecision_on_record"
