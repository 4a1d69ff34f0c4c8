"""A copy and its files, act by act: what a repeat does, what comes too late, and what the officer's page says."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consents.copies import file_checks
from consents.copies.file_checks import CannotRead, judge_file
from consents.copies.models import AddedFile, CollectionCode, Download, FileChunk
from consents.copies.rules import LeftOut
from consents.copies.selectors import FileIsTakenOut, NoPackage, TooManyFiles, name_files
from consents.copies.services import codes, files, packages
from consents.copies.staff.admin import AddFileForm
from consents.core.refusals import Unknown
from consents.core.sealing import CannotOpen
from consents.ledger.rules import PORTAL
from consents.rights.rules import Channel
from tests.copies.collecting import NOTE, add, answered, hand_out, officer_acts, on_file, searched, taken
from tests.world.cast import signed_in
from tests.world.documents import make_pdf
from tests.world.rights_requests import answer, by_staff, entries

OVER = packages.PACKAGE_LIFETIME + timedelta(seconds=1)


def act(service, added: AddedFile, officer):
    return service(file=added.pk, officer=officer, by=by_staff(officer))


def test_what_is_agreed_stays_so_and_of_what_is_whole_nothing_is_agreed(world):
    request = searched(world)
    whole = add(world, request)
    added = add(world, request, left_out=LeftOut.PART, words="The name of a neighbour.")
    with pytest.raises(Unknown):
        act(files.agree_to_left_out, whole, world.otto)

    assert act(files.agree_to_left_out, added, world.otto) == act(files.agree_to_left_out, added, world.quinn)
    assert entries(request).count("file_agreed") == 1


def test_what_was_taken_out_is_neither_agreed_to_nor_taken_out_again_nor_read(real_world):
    request = searched(real_world)
    added = add(real_world, request, left_out=LeftOut.PART, words="The name of a neighbour.")
    act(files.take_out_file, added, real_world.pia)
    before = entries(request)

    for service in (files.agree_to_left_out, files.take_out_file):
        with pytest.raises(FileIsTakenOut):
            act(service, added, real_world.otto)
    with pytest.raises(Unknown):
        act(files.read_file, added, real_world.otto)
    assert entries(request) == before


def test_a_copy_takes_so_many_files_and_no_more(world, monkeypatch):
    monkeypatch.setattr(files, "MOST_FILES", 2)
    request = searched(world)
    for _ in range(2):
        add(world, request)
    with pytest.raises(TooManyFiles):
        add(world, request)

    assert [path for path, *_ in name_files(request)] == ["files/The shop/note.txt", "files/The shop/2 note.txt"]


def test_a_file_of_which_a_part_is_lost_is_not_given_out(world):
    added = add(world, searched(world))
    assert b"".join(files.open_file(added)) == NOTE.content
    added.size += files.CHUNK
    with pytest.raises(CannotOpen):
        list(files.open_file(added))


def test_a_pdf_of_too_many_objects_is_given_up(monkeypatch):
    monkeypatch.setattr(file_checks, "MOST_OBJECTS", 2)
    with pytest.raises(CannotRead):
        judge_file(make_pdf(), "a.pdf")


@pytest.mark.parametrize(
    ("left_out", "words", "has_file", "field", "sentence"),
    [
        ("nothing", "", False, "content", "Choose at least one file."),
        ("whole", "A letter.", True, "content", "Add no file where the whole of it is left out."),
        ("part", " ", True, "words", "Say what is left out and why."),
        ("nothing", "A name.", True, "left_out", "You wrote that something is left out. Choose what."),
    ],
)
def test_the_form_says_what_does_not_fit(world, left_out, words, has_file, field, sentence):
    sent = {"content": [SimpleUploadedFile("note.txt", NOTE.content)]} if has_file else {}
    typed = {"system": "The shop", "left_out": left_out, "words": words}

    assert AddFileForm(searched(world), typed, sent).errors == {field: [sentence]}


def test_the_address_of_one_file_leads_to_all_and_reads_none(world):
    added = add(world, searched(world))
    all_files = f"/admin/rights/rightsrequest/{added.rights_request_id}/files/"

    assert signed_in(world.otto.user).get(f"{all_files}{added.pk}/").url == all_files
    assert "file_read" not in entries(added.rights_request)


def test_a_code_is_ended_once(world, later):
    request = answered(world, on_file(world), channel=Channel.POST)
    before = entries(request)
    officer_acts(codes.stop_code, request, world.pia)
    assert entries(request) == before

    for _ in range(2):
        hand_out(world, request)
    replaced = CollectionCode.objects.get(ended_at__isnull=False)
    later(OVER)
    assert packages.remove_packages_when_due() == 1
    ended = {code.end: code for code in CollectionCode.objects.all()}
    assert set(ended) == {"replaced", "over"} and ended["replaced"].ended_at == replaced.ended_at
    assert {code.code_hash for code in ended.values()} == {None}


def test_what_lasts_is_not_emptied_and_what_is_over_not_given_out(world, later):
    request = searched(world)
    add(world, request)
    answer(world, request)
    package = packages.make_package(rights_request=request.pk)
    assert packages.remove_package(package=package.pk, by=PORTAL) is False
    with pytest.raises(Unknown):
        packages.remove_package(package=uuid4(), by=PORTAL)
    assert "package_removed" not in entries(request)

    later(OVER)
    with pytest.raises(NoPackage):
        taken(world, request, Download.Part.ALL)
    assert not Download.objects.exists()


def test_files_stay_for_a_copy_that_was_prepared_again(world, later):
    request = searched(world)
    add(world, request)
    answer(world, request)
    packages.make_package(rights_request=request.pk)
    later(OVER)
    packages.request_new_package(rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    packages.make_package(rights_request=request.pk)

    assert packages.remove_packages_when_due() == 1 and FileChunk.objects.exists()
