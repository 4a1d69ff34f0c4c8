"""Internal notes on an officer's pages: written on the record, read by a press, left out of copies by two."""

import pytest
from django.test import Client

from consents.law.kinds import Type
from consents.people.models import Role
from consents.people.services.staff_members import end_staff_membership
from consents.rights.models import Draft, Mention, Note, Redaction
from tests.forms import forms_on, sent
from tests.rights.handling import REFUSED
from tests.rights.noting import leave_out, write
from tests.rights.officer_pages import LIST, buttons, first_press, give, press, record, text
from tests.world.cast import make_staff, signed_in
from tests.world.rights_requests import answer, by_staff, entries, file, search

WORDS = "The voicemail names a neighbour, Max Muster."


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


@pytest.fixture
def otto(world) -> Client:
    return signed_in(world.otto.user)


def send_note(client: Client, request, words: str = WORDS, **said):
    (form,) = [form for form in forms_on(client.get(record(request)), "confirm") if "act/write_note" in form.action]
    return sent(client, form, **({"text": words} | said))


def test_a_note_is_written_on_the_record_and_its_words_are_not_shown_there(world, pia, otto):
    request = file(world.ada)
    response = send_note(pia, request, f"{WORDS} @Otto, what do you think?")
    assert response.status_code == 302 and response.url == record(request)

    page = text(otto.get(record(request)))
    assert "Pia" in page and "mentioned you in an internal note" in page and "Otto" in page
    assert "voicemail" not in page and "(has not read it yet)" in page
    assert "voicemail" in text(first_press(otto, request, "read_notes"))
    assert entries(request)[-2:] == ["noted", "notes_read"] and "(has read it)" in text(pia.get(record(request)))


def test_a_colleague_is_chosen_instead_of_typed(world, pia):
    request = file(world.ada)
    send_note(pia, request, mentioned=str(world.otto.pk))
    assert Mention.objects.get().colleague == world.otto.user
    assert f'value="{world.pia.pk}"' not in text(pia.get(record(request))).partition("Or choose whom you mention")[2]


def test_the_one_mentioned_comes_from_the_first_page_to_the_notes_and_back(world, pia, otto):
    request = file(world.ada)
    send_note(pia, request, "For @Otto.")
    (tile,) = [tile for tile in otto.get("/admin/").context["waiting"] if "mentions" in tile["url"]]
    assert tile["number"] == 1 and record(request) in text(otto.get(tile["url"]))
    first_press(otto, request, "read_notes")
    assert not [tile for tile in otto.get("/admin/").context["waiting"] if "mentions" in tile["url"]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("x" * 2001, "A note has 2,000 letters at most."),
        ("Something for @Sam to see.", "Nobody who may work on this request is called “@Sam”."),
        ("Something for @Lea to see.", "Nobody who may work on this request is called “@Lea”."),
        ("  ", "Write the note."),
    ],
)
def test_bad_input_gets_a_sentence_and_what_was_typed_stays(world, pia, words, sentence):
    lea = make_staff("lea@example.com", Role.PRIVACY_OFFICER, "Privacy", "Lea")
    end_staff_membership(member=lea, by=by_staff(world.quinn))
    response = send_note(pia, file(world.ada), words)
    assert response.status_code == 422 and sentence in text(response) and words.strip() in text(response)
    assert not Note.objects.exists()


@pytest.mark.parametrize("who", ["sam", "lea", "nobody", "odd"])
def test_whoever_cannot_be_mentioned_cannot_be_chosen(world, pia, who):
    lea = make_staff("lea@example.com", Role.PRIVACY_OFFICER, "Privacy", "Lea")
    request = file(world.ada)
    pia.get(record(request))
    end_staff_membership(member=lea, by=by_staff(world.quinn))
    chosen = {"sam": world.sam.pk, "lea": lea.pk, "nobody": request.pk, "odd": "x"}[who]
    response = send_note(pia, request, mentioned=str(chosen))
    assert response.status_code == 422 and "Choose an officer who works here." in text(response)
    assert WORDS in text(response) and not Note.objects.exists()


def test_an_answer_meanwhile_is_told_and_the_words_are_not_lost(world, pia, otto):
    request = file(world.ada, Type.AUTOMATED)
    search(world, request)
    (form,) = [one for one in forms_on(pia.get(record(request)), "confirm") if "act/write_note" in one.action]
    answer(world, request, REFUSED)
    page = pia.get(sent(pia, form, text=WORDS).url)
    assert "This request has been answered and no appeal waits" in text(page)
    assert not Note.objects.exists() and "New note" not in text(page)


def test_a_note_that_was_begun_is_there_again(world, pia, otto):
    request = file(world.ada)
    url = record(request).replace("change/", "act/write_note/draft/")
    assert pia.post(url, {"text": "Half a sen"}).status_code == 204
    assert "Half a sen" in text(pia.get(record(request))) and "Half a sen" not in text(otto.get(record(request)))
    send_note(pia, request)
    assert not Draft.objects.exists()


def test_a_note_is_sent_once_however_often_the_form_is(world, pia):
    request = file(world.ada)
    (form,) = [one for one in forms_on(pia.get(record(request)), "confirm") if "act/write_note" in one.action]
    assert {sent(pia, form, text=WORDS).status_code for _time in range(2)} == {302}
    assert Note.objects.count() == 1


def test_two_officers_leave_a_part_out_of_copies(world, pia, otto):
    request = file(world.ada)
    write(world, request, WORDS)
    note = str(Note.objects.get().pk)
    missed = press(pia, request, "leave_out", note=note, passages="Max Mustermann", why="A neighbour.")
    assert missed.status_code == 422 and "Line 1 does not stand in the note." in text(missed)
    assert "Max Mustermann" in text(missed)
    press(pia, request, "leave_out", note=note, passages="Max Muster", why="A neighbour.")
    assert "Agree to leave it out" not in text(first_press(pia, request, "read_notes"))

    page = first_press(otto, request, "read_notes")
    assert "names a neighbour, █████." in text(page)
    (form,) = forms_on(page, "redaction")
    done = sent(otto, form, decision="agree")
    assert done.status_code == 302 and Redaction.objects.get().is_agreed
    assert "Has agreed" in text(first_press(pia, request, "read_notes"))
    assert "no longer possible" in text(otto.get(sent(otto, form, decision="decline", redaction="9" * 30).url))


def test_the_copys_answer_says_that_notes_go_with_it(world, pia):
    request = file(world.ada)
    write(world, request)
    search(world, request)
    page = text(pia.get(record(request).replace("change/", "act/answer/")))
    assert f"The copy holds the internal notes on this request: {request.number}." in page


def test_an_answer_waits_for_the_second_officer(world, pia):
    request = file(world.ada)
    leave_out(world, write(world, request, WORDS), "Max Muster")
    search(world, request)
    response = give(pia, request, text="Here.", outcome="complied_whole", format="portal_download")
    assert response.status_code == 422 and "A part of a note waits to be left out of the copy." in text(response)


def test_nobody_else_finds_notes(world):
    request = file(world.ada)
    write(world, request, WORDS)
    sam, ada = signed_in(world.sam.user), signed_in(world.ada.user)
    for client in (sam, ada, Client()):
        for path in (record(request), record(request).replace("change/", "act/write_note/")):
            response = client.post(path, {"CHANGE_FORM-action": "read_notes", "_selected_action": str(request.pk)})
            assert "voicemail" not in text(response) and response.status_code in (302, 404)
    page = ada.get(f"/your-rights/{request.number}/")
    assert "voicemail" not in text(page) and "internal note" not in text(page)
    assert entries(request)[-1] == "noted"


def test_the_record_asks_as_many_questions_with_many_notes_as_with_few(world, pia, django_assert_max_num_queries):
    request = file(world.ada)
    write(world, request, "For @Otto.")
    pia.get(record(request))
    with django_assert_max_num_queries(80) as few:
        pia.get(record(request))
    for _time in range(5):
        write(world, request, "For @Otto.")
    with django_assert_max_num_queries(len(few.captured_queries)):
        pia.get(record(request))


def test_a_request_without_notes_offers_none_to_read(world, pia):
    request = file(world.ada)
    assert "read_notes" not in buttons(pia, request) and "Internal notes" in text(pia.get(record(request)))
    assert text(pia.get(LIST))
