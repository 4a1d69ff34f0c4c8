"""Internal notes on an officer's pages: written on the record, read by a press, left out of copies by two."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from consents.core import clock
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL
from consents.people.models import Erasure, LegalHold, Role, StaffMember
from consents.people.services import erasing as people_erasing
from consents.people.services import holding, staff_members
from consents.people.services.holding import NotAnOfficer
from consents.people.services.staff_members import end_staff_membership
from consents.rights.models import Draft, Mention, Note, Redaction, SavedView
from consents.rights.services import erasing, handling
from consents.rights.services.saved_views import MOST_VIEWS, keep_queue_view, remove_left_views
from consents.rights.staff.bulk import describe_holds, describe_proof, list_decision_facts
from tests.forms import forms_on, sent
from tests.rights.handling import REFUSED
from tests.rights.noting import leave_out, write
from tests.rights.officer_pages import LIST, buttons, first_press, give, press, record, text
from tests.world.cast import make_staff, signed_in
from tests.world.rights_requests import answer, by_staff, confirm, entries, file, search, type_in

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


# Views of the queue that an officer keeps: filters and order under a name, one of them first.

VIEWS = f"{LIST}views/"
KEEP = {"keep": "1", "kept_officer": "me", "kept_sort": "oldest"}


def listed(client: Client, url: str) -> set[str]:
    return {row.number for row in client.get(url).context["cl"].result_list}


def test_a_list_is_kept_under_a_name_and_opened_by_it(world, pia):
    own, free = file(world.ada), file(world.ben, Type.PORTABILITY)
    search(world, own)
    page = pia.get(f"{LIST}?officer=me&sort=oldest&p=after:x&customer={world.ada.customer.pk}")
    assert page.context["to_keep"] == {"kept_officer": "me", "kept_sort": "oldest"}

    kept = pia.post(VIEWS, KEEP | {"name": "Mine, oldest first"})

    assert kept.url == f"{LIST}?officer=me&sort=oldest"
    shown = pia.get(kept.url)
    assert "Your views: <strong>Mine, oldest first</strong>" in text(shown)
    assert listed(pia, kept.url) == {own.number}
    assert listed(pia, LIST) == {own.number, free.number}
    assert "Mine, oldest first" not in text(signed_in(world.otto.user).get(LIST))


def test_the_list_opens_with_the_first_one_and_every_way_out_of_it_leads_out(world, pia):
    file(world.ada)
    pia.post(VIEWS, KEEP | {"name": "Mine", "is_first": "on"})
    pia.post(
        VIEWS, KEEP | {"name": "Late", "kept_officer": "", "kept_sort": "", "kept_state": "late", "is_first": "on"}
    )

    assert pia.get(LIST).url == f"{LIST}?state=late"
    assert 'href="?state=open"' in pia.get(f"{LIST}?state=late").text
    assert len(listed(pia, f"{LIST}?state=open")) == 1
    assert signed_in(world.otto.user).get(LIST).status_code == 200

    pia.post(VIEWS, {"first": "1"})
    assert pia.get(LIST).status_code == 200


def test_views_are_changed_and_removed_by_their_owner_alone(world, pia):
    pia.post(VIEWS, KEEP | {"name": "Mine"})
    pia.post(VIEWS, KEEP | {"name": "Mine", "kept_sort": "newest"})
    view = SavedView.objects.get()
    assert view.query == {"officer": "me", "sort": "newest"} and "Mine" in text(pia.get(VIEWS))

    for post in ({"remove": "1"}, {"first": "1"}):
        signed_in(world.otto.user).post(VIEWS, post | {"view": view.pk})
    assert SavedView.objects.get().is_first is False
    assert "as for everybody" not in text(pia.get(VIEWS))
    opened = text(pia.post(VIEWS, {"view": view.pk, "first": "1"}, follow=True))
    assert SavedView.objects.get().is_first is True and "Saved." in opened and "as for everybody" in opened
    removed = text(pia.post(VIEWS, {"view": view.pk, "remove": "1"}, follow=True))
    assert not SavedView.objects.exists() and "The view is removed." in removed and "Saved." not in removed


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 30, "-1", "٣", "\0"])
def test_an_odd_number_of_a_view_is_nobodys(pia, number):
    for what in ("first", "remove"):
        assert pia.post(VIEWS, {"view": number, what: "1"}).status_code == 302


def test_an_odd_filter_is_not_kept(pia):
    for odd in ("\0", "a\0b"):
        assert pia.post(VIEWS, KEEP | {"name": "Odd", "kept_officer": odd}).status_code == 302
        assert "officer" not in SavedView.objects.get().query


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (KEEP, "Give the view a name."),
        (KEEP | {"name": "x" * 41}, "at most 40"),
        (KEEP | {"name": "\0"}, "not allowed"),
        ({"keep": "1", "name": "All"}, "Choose a filter or an order first"),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence_and_loses_nothing(pia, data, sentence):
    response = pia.post(VIEWS, data)

    assert response.status_code == 422 and sentence in text(response)
    assert ('name="kept_officer" value="me"' in response.text) == ("kept_officer" in data)


@pytest.mark.parametrize("data", [{}, {"remove": "1"}, {"view": "odd", "remove": "1"}, {"first": "1", "view": "99"}])
def test_an_odd_press_is_no_error(pia, data):
    assert pia.post(VIEWS, data).url == VIEWS


def test_they_go_when_their_owner_is_no_officer_any_longer(world):
    for officer in (world.pia, world.otto):
        keep_queue_view(name="Late", query={"state": "late"}, is_first=False, officer=officer)
    staff_members.move_staff_member(member=world.pia, role=Role.REQUESTER, team="Shop", by=PORTAL)

    remove_left_views()

    assert [view.owner_id for view in SavedView.objects.all()] == [world.otto.pk]


def test_there_is_room_for_so_many(world, pia):
    for number in range(MOST_VIEWS):
        keep_queue_view(name=str(number), query={"state": "late"}, is_first=False, officer=world.pia)

    assert "Remove one first" in text(pia.post(VIEWS, KEEP | {"name": "One more"}))
    assert pia.post(VIEWS, KEEP | {"name": "0"}).status_code == 302


def test_requesters_have_no_queue_to_keep(world):
    assert signed_in(world.sam.user).post(VIEWS, KEEP | {"name": "Mine"}).status_code == 404
    with pytest.raises(NotAnOfficer):
        keep_queue_view(name="Mine", query={"state": "late"}, is_first=False, officer=world.sam)


def test_the_database_knows_one_first_view_of_an_officer(world):
    for name in ("one", "two"):
        keep_queue_view(name=name, query={"state": "late"}, is_first=False, officer=world.pia)
    keep_queue_view(name="one", query={"state": "late"}, is_first=True, officer=world.otto)

    with pytest.raises(IntegrityError, match="rights_savedview_one_first"), transaction.atomic():
        SavedView.objects.filter(owner=StaffMember.objects.get(pk=world.pia.pk)).update(is_first=True)


# A second officer sees what they decide on, on the page where they decide.


@pytest.fixture
def asked(world):
    request = confirm(world, type_in(world, Type.ERASURE))
    search(world, request)
    return request


def decision_page(client, erasure: Erasure) -> str:
    return text(client.get(f"/admin/people/erasure/{erasure.pk}/change/"))


def test_who_erases_reads_the_request_its_proof_and_the_searches(world, asked):
    erasing.propose_erasure(rights_request=asked.pk, officer=world.pia, by=by_staff(world.pia))

    page = decision_page(signed_in(world.otto.user), Erasure.objects.get())

    assert "What you decide on" in page and asked.number in page
    assert "At least two facts matched: date of birth, customer number. By Pia (Privacy)" in page
    assert "Vault: found, by Pia" in page and "Legal holds</dt><dd>None" in page


def test_who_deletes_a_part_reads_it_too(world, asked):
    about = {"kept": ["orders"], "law": "GDPR Art 17(3)(b), AO 147", "officer": world.pia, "by": by_staff(world.pia)}
    erasing.propose_partial_erasure(rights_request=asked.pk, **about)

    page = text(first_press(signed_in(world.otto.user), asked, "erase_part"))

    assert "What you decide on" in page and "Vault: found, by Pia" in page


def test_an_erasure_that_nobody_asked_for_names_no_request(world):
    file(world.ben, Type.ERASURE)
    about = {"reason": Erasure.Reason.NOT_NEEDED, "officer": world.pia, "by": by_staff(world.pia)}
    erasure = people_erasing.propose_erasure(customer=world.ben.customer.pk, **about)

    assert "What you decide on" not in decision_page(signed_in(world.otto.user), erasure)


def test_who_erases_reads_that_another_request_is_still_open(world):
    file(world.ada)
    file(world.ada, Type.ERASURE)
    about = {"reason": Erasure.Reason.REQUESTED, "officer": world.pia, "by": by_staff(world.pia)}
    asked = people_erasing.propose_erasure(customer=world.ada.customer.pk, **about)
    other = people_erasing.propose_erasure(customer=world.ben.customer.pk, **about)
    otto = signed_in(world.otto.user)

    assert "1 privacy request of this customer is still open." in decision_page(otto, asked)
    assert "is still open" not in decision_page(otto, other)


def test_what_the_customer_proved_themselves_is_told_so(world):
    facts = dict(list_decision_facts(file(world.ada, Type.ERASURE)))

    assert facts["How it is known who asks"].startswith("Signed in afresh. By the customer, ")
    assert facts["Systems searched"] == "None"


def test_a_hold_is_named_with_its_reason_and_day(world):
    day = clock.now().date() + timedelta(days=30)
    about = {"document": "case 7", "review_on": day, "officer": world.otto, "by": by_staff(world.otto)}
    holding.place_hold(customer=world.ada.customer.pk, reason=LegalHold.Reason.COURT_ORDER, **about)

    assert describe_holds(world.ada.customer.pk).startswith("a court order, until reviewed on ")
    assert describe_holds(world.ben.customer.pk) == describe_holds(None) == "none"


def test_who_confirmed_it_later_did_so_themselves_and_before_that_nobody_did(world):
    request = file(world.ada, Type.ERASURE, is_fresh=False)
    assert describe_proof(request) == "Not confirmed"

    by = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    done = handling.confirm_own_identity(rights_request=request.pk, **by)

    assert describe_proof(done).startswith("Signed in afresh. By the customer, ")
