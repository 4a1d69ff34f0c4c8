"""Internal notes on a request: who may write and read them, whom they mention, when their words go."""

import pytest
from django.db import DatabaseError

from consents.core.refusals import Unknown
from consents.home.staff_emails import count_waiting_work
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.people.models import Role
from consents.people.services.holding import AlreadyErased, NotAnOfficer, OwnMatter
from consents.people.services.staff_members import end_staff_membership
from consents.people.two_officers.refusals import AlreadyDecided, NeedsSecondOfficer
from consents.rights import rules
from consents.rights.customers.steps import build_timeline
from consents.rights.models import Mention, Note, Redaction, RightsRequest, Statement
from consents.rights.refusals import (
    NoNoteHere,
    NoNotesAfterAnswer,
    NotAmongOfficers,
    NotMatchedYet,
    OwnMatterOfColleague,
    RedactionWaits,
)
from consents.rights.selectors import open_notes
from consents.rights.services import requester_actions
from consents.rights.services.requester_actions import appeal_answer
from tests.rights.handling import REFUSED
from tests.rights.in_sql import act, answered, change, insert, refused
from tests.rights.noting import decide, leave_out, read, write
from tests.world.cast import make_staff
from tests.world.erasing import erase
from tests.world.rights_requests import (
    answer,
    by_staff,
    entries,
    file,
    file_as_stranger,
    search,
)
from tests.world.rights_requests import (
    confirm as confirm_identity,
)
from tests.world.scene_fixtures import scene
from tests.world.sessions import act_for


def waits(member) -> dict[str, int]:
    return {work.code: number for work, number in count_waiting_work(member)}


def test_a_note_is_sealed_and_on_record_without_its_words(world):
    request = file(world.ada)
    note = write(world, request, "Ask @Otto about the flat.")

    assert open_notes(request)[0].text == "Ask @Otto about the flat."
    assert b"flat" not in bytes(Statement.objects.get(note=note).sealed)
    entry = Entry.objects.get(event="rights_request.noted")
    assert entry.actor == str(world.pia.pk) and entry.facts["mentioned"] == [str(world.otto.pk)]
    assert "flat" not in entry.details and entry.facts["note"] == note.pk


def test_whoever_is_mentioned_has_it_waiting_until_they_read_it(world):
    request = file(world.ada)
    write(world, request, "@otto: please look.")
    write(world, request, "And once more.", [world.otto.pk, world.pia.pk])
    assert waits(world.otto)["mentions"] == 1 and "mentions" not in waits(world.pia)

    assert read(world.pia, request) == ["@otto: please look.", "And once more."]
    assert waits(world.otto)["mentions"] == 1

    read(world.otto, request)
    assert "mentions" not in waits(world.otto) and not Mention.objects.filter(read_at=None).exists()
    assert entries(request)[-2:] == ["notes_read", "notes_read"]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [(" \n ", rules.NoNote), ("x" * 2001, rules.NoteTooLong), ("Ask @Sam.", rules.UnknownMention)],
)
def test_bad_words_are_refused_and_nothing_is_kept(world, text, refusal):
    request = file(world.ada)
    with pytest.raises(refusal):
        write(world, request, text)
    assert not Note.objects.exists() and "noted" not in entries(request)


def test_two_thousand_letters_and_line_ends_of_a_browser_fit(world):
    assert write(world, file(world.ada), "\r\n".join(["x" * 999, "y" * 1000])).pk


def test_nobody_without_the_role_is_mentioned_writes_or_reads(world):
    request = file(world.ada)
    left = make_staff("lea@example.com", Role.PRIVACY_OFFICER, "Privacy", "Lea")
    end_staff_membership(member=left, by=by_staff(world.quinn))
    for member in (world.sam, left):
        with pytest.raises(NotAmongOfficers):
            write(world, request, mentioned=[member.pk])
        with pytest.raises(NotAnOfficer):
            write(world, request, officer=member)
        with pytest.raises(NotAnOfficer):
            read(member, request)
    with pytest.raises(rules.UnknownMention):
        write(world, request, "For @Lea.")


def test_nobody_is_drawn_into_a_matter_of_their_own(real_world):
    request = file(real_world.ada)
    act_for(real_world.otto.pk, real_world.ada.customer.pk)
    with pytest.raises(OwnMatterOfColleague):
        write(real_world, request, "For @Otto.")
    with pytest.raises(OwnMatter):
        read(real_world.otto, request)


def test_an_answered_request_takes_notes_only_while_an_appeal_waits(world):
    request = file(world.ada)
    write(world, request)
    answer(world, request, REFUSED)
    with pytest.raises(NoNotesAfterAnswer):
        write(world, request)
    requester_actions.appeal_answer(
        rights_request=request.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor
    )
    write(world, request, "For the appeal.")
    assert len(open_notes(request)) == 2


def test_a_request_holds_two_hundred_notes_at_most(world, monkeypatch):
    monkeypatch.setattr(rules, "MOST_NOTES", 1)
    request = file(world.ada)
    write(world, request)
    with pytest.raises(rules.TooManyNotes):
        write(world, request)


def test_the_words_go_with_the_customer_and_that_they_were_stays(real_world):
    request = file(real_world.ada)
    note = write(real_world, request, "For @Otto.")
    redaction = leave_out(real_world, note, "For")
    erase(real_world)

    assert Note.objects.get() == note and not Statement.objects.filter(note=note).exists()
    assert read(real_world.pia, request) == [""] and "mentions" not in waits(real_world.otto)
    with pytest.raises(AlreadyErased):
        write(real_world, request)
    with pytest.raises(AlreadyErased):
        leave_out(real_world, note, "For")
    assert Redaction.objects.get() == redaction


def test_the_words_are_sealed_again_once_it_is_known_whose_the_request_is(world):
    request = file_as_stranger()
    note = write(world, request, "It may be Ada.")
    with pytest.raises(NotMatchedYet):
        leave_out(world, note, "Ada")
    confirm_identity(world, request, world.ada.customer)

    note.refresh_from_db()
    assert note.customer == world.ada.customer and Statement.objects.get(note=note).is_theirs
    assert [one.text for one in open_notes(note.rights_request)] == ["It may be Ada."]


def test_a_part_is_left_out_by_two_officers(world):
    request = file(world.ada)
    note = write(world, request, "Her neighbour Max Muster called.")
    with pytest.raises(rules.PassageNotThere):
        leave_out(world, note, "Max Mustermann")
    with pytest.raises(NoNoteHere):
        leave_out(world, Note(pk=note.pk + 1, rights_request=request), "Max")
    redaction = leave_out(world, note, "Max Muster")
    assert leave_out(world, note, "Her") == redaction
    assert waits(world.otto)["redactions"] == 1 and "redactions" not in waits(world.pia)
    with pytest.raises(NeedsSecondOfficer):
        decide(world.pia, redaction)
    with pytest.raises(Unknown):
        decide(world.otto, Redaction(pk=redaction.pk + 1))

    decide(world.otto, redaction)
    assert decide(world.otto, redaction).is_agreed
    with pytest.raises(AlreadyDecided):
        decide(world.otto, redaction, is_agreed=False)
    assert "redactions" not in waits(world.otto)
    assert rules.black_out("Her neighbour Max Muster called.", open_notes(request)[0].left_out) == (
        "Her neighbour █████ called."
    )


def test_the_customers_page_tells_of_no_redaction_whatever_was_decided(world):
    note = write(world, file(world.ada), "Her neighbour Max Muster called.")

    decide(world.otto, leave_out(world, note, "Max Muster"), is_agreed=False)
    decide(world.otto, leave_out(world, note, "neighbour"))

    entries = list(Entry.objects.filter(event="rights_request.redaction_decided"))
    assert len(entries) == 2 and build_timeline(entries, {}) == []


def test_no_copy_is_granted_while_something_waits_to_be_left_out(world):
    earlier, request = file(world.ada, type=Type.RECTIFICATION), file(world.ada)
    redaction = leave_out(world, write(world, earlier, "Max Muster called."), "Max Muster")
    search(world, request)
    with pytest.raises(RedactionWaits):
        answer(world, request)
    decide(world.otto, redaction, is_agreed=False)
    assert answer(world, request).is_answered


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Pia", {1}),
        ("see @PIA  PETERSEN, please", {1}),
        ("(@Müller)", {3}),
        ("ada@pia.example and a@Pia", set()),
        ("@Ana Lima and @Ana López", {4, 5}),
        ("@ 5 o'clock", set()),
    ],
)
def test_a_name_behind_an_at_mentions(text, found):
    names = {1: "Pia Petersen", 2: "Otto Ohm", 3: "Müller", 4: "Ana Lima", 5: "Ana López"}
    assert rules.find_typed_mentions(text, names) == found


def test_a_name_that_several_have_is_asked_for_whole():
    with pytest.raises(rules.UnclearMention):
        rules.find_typed_mentions("@Ana?", {4: "Ana Lima", 5: "Ana López"})


@pytest.mark.parametrize(
    ("passages", "kept"),
    [(["b c", "c d"], "a █████ e"), (["a b c d e"], "█████"), ([], "a b c d e"), (["a", "e"], "█████ b c d █████")],
)
def test_passages_that_overlap_are_black_as_one(passages, kept):
    assert rules.black_out("a b c d e", passages) == kept


# Internal notes past the services, as somebody with the application's password would try; Ben is on the scene, too.

NEXT = 4711  # the id of a row that is tried


def note_by(member, **columns: str) -> str:
    """A note with its words."""
    words = insert("statement", note_id=str(NEXT), kind="'note'", is_theirs="true", sealed="''")
    return f"{wordless_by(member, **columns)}; {words}"


def wordless_by(member, **columns: str) -> str:
    return insert("note", id=str(NEXT), written_by_id=f"'{member.pk}'", **columns)


@scene
def request_of_ada(real_world) -> RightsRequest:
    write(real_world, file(real_world.ben), "Of Ben.", [real_world.otto.pk])
    return file(real_world.ada)


def test_a_note_is_an_officers_now_on_work_that_goes_on(real_world, request_of_ada):
    sam, pia = real_world.sam, real_world.pia
    refused("rights_note_worked_on", request_of_ada, note_by(sam))
    refused("rights_note_worked_on", request_of_ada, note_by(pia, written_at="portal.now() - interval '1 hour'"))
    search(real_world, request_of_ada)
    answer(real_world, request_of_ada)
    refused("rights_note_worked_on", request_of_ada, note_by(pia))


def test_no_note_is_written_about_an_erased_customer(real_world):
    """Its appeal would let one in."""
    refused_one = file(real_world.ada, Type.AUTOMATED)
    answer(real_world, refused_one, REFUSED)
    appeal_answer(rights_request=refused_one.pk, customer=real_world.ada.customer.pk, why="", by=real_world.ada.actor)
    erase(real_world)
    refused("rights_note_worked_on", refused_one, note_by(real_world.pia))


def test_a_note_has_an_entry_in_the_name_of_its_author_and_its_words(real_world, request_of_ada):
    whole, entry = note_by(real_world.pia), {"event": "noted", "by": by_staff(real_world.pia)}
    refused("rights_note_on_record", request_of_ada, whole)
    refused("rights_note_on_record", request_of_ada, whole, **entry, note=NEXT + 1)
    refused("rights_note_on_record", request_of_ada, whole, event="noted", by=by_staff(real_world.otto), note=NEXT)
    refused("rights_note_on_record", request_of_ada, wordless_by(real_world.pia), **entry, note=NEXT)
    change(request_of_ada, whole, **entry, note=NEXT)


def test_a_note_and_its_words_never_change(real_world, request_of_ada):
    write(real_world, request_of_ada)
    for sql in (
        "UPDATE rights_note SET written_at = portal.now()",
        "DELETE FROM rights_note",
        "UPDATE rights_statement SET sealed = '' WHERE note_id IS NOT NULL",
        "DELETE FROM rights_statement WHERE note_id IS NOT NULL",
        "DELETE FROM rights_mention",
        "DELETE FROM rights_redaction",
        "UPDATE rights_mention SET colleague_id = NULL",
        "UPDATE rights_redaction SET sealed = ''",
    ):
        with pytest.raises(DatabaseError), act() as cursor:
            cursor.execute(sql)


def test_only_officers_are_mentioned_in_the_entry_of_the_note(real_world, request_of_ada):
    bens, pia = Note.objects.get(), by_staff(real_world.pia)

    def mention(member) -> str:
        return insert("mention", note_id=f"{bens.pk}", colleague_id=f"'{member.pk}'")

    told = {"event": "noted", "by": pia, "note": bens.pk}
    quinn, sam = real_world.quinn, real_world.sam
    refused("rights_mention_on_record", request_of_ada, mention(quinn), **told, mentioned=[str(quinn.pk)])
    of_ben = bens.rights_request
    refused("rights_mention_on_record", of_ben, mention(sam), **told, mentioned=[str(sam.pk)])
    refused("rights_mention_on_record", of_ben, mention(real_world.pia), **told, mentioned=[str(quinn.pk)])
    read = mention(real_world.pia).replace("colleague_id)", "colleague_id, read_at)")
    read = read.replace(f"'{real_world.pia.pk}')", f"'{real_world.pia.pk}', portal.now())")
    refused("rights_mention_on_record", of_ben, read, **told, mentioned=[str(real_world.pia.pk)])


def test_a_mention_is_read_once_by_whom_it_is_for(real_world, request_of_ada):
    of_ben = Note.objects.get().rights_request
    sql = "UPDATE rights_mention SET read_at = portal.now()"
    refused("rights_mention_frozen", of_ben, sql)
    told = {"event": "notes_read", "by": by_staff(real_world.pia)}
    with pytest.raises(DatabaseError), act() as cursor:
        entry_first(of_ben, **told)
        cursor.execute(sql)
    with act() as cursor:
        entry_first(of_ben, event="notes_read", by=by_staff(real_world.otto))
        cursor.execute(sql)
    with pytest.raises(DatabaseError), act() as cursor:
        entry_first(of_ben, event="notes_read", by=by_staff(real_world.otto))
        cursor.execute("UPDATE rights_mention SET read_at = NULL")
    assert Mention.objects.get().read_at


def entry_first(request: RightsRequest, *, event: str, by, **details) -> None:
    change(request, "SELECT 1", event=event, by=by, **details)


def test_what_is_left_out_is_decided_once_by_a_second_officer(real_world, request_of_ada):
    redaction = leave_out(real_world, Note.objects.get(), "Ben")
    of_ben = redaction.rights_request

    def decided(by) -> str:
        return f"UPDATE rights_redaction SET is_agreed = true, decided_by_id = '{by.pk}', decided_at = portal.now()"

    entry = {"event": "redaction_decided", "outcome": "agreed", "redaction": redaction.pk}
    pia, otto, sam = real_world.pia, real_world.otto, real_world.sam
    refused("rights_redaction_on_record", of_ben, decided(pia), **entry, by=by_staff(pia))
    refused("rights_redaction_on_record", of_ben, decided(otto), **entry, by=by_staff(pia))
    refused("rights_redaction_on_record", of_ben, decided(sam), **entry, by=by_staff(sam))
    refused("rights_redaction_on_record", of_ben, decided(otto))
    refused("rights_redaction_on_record", of_ben, decided(otto), **entry | {"outcome": "declined"}, by=by_staff(otto))
    declined = decided(otto).replace("true", "false")
    refused("rights_redaction_on_record", of_ben, declined, **entry, by=by_staff(otto))
    decide(otto, redaction)
    refused("rights_redaction_frozen", of_ben, decided(otto), **entry, by=by_staff(otto))
    assert Redaction.objects.get().is_agreed


def test_a_redaction_is_an_officers_of_a_note_on_this_request(real_world, request_of_ada):
    bens = Note.objects.get()

    def proposed(by) -> str:
        columns = {"note_id": str(bens.pk), "sealed": "''", "proposed_by_id": f"'{by.pk}'"}
        return insert("redaction", id=str(NEXT), **columns)

    pia, sam = real_world.pia, real_world.sam
    refused("rights_redaction_on_record", bens.rights_request, proposed(pia))
    for request, by in [(request_of_ada, pia), (bens.rights_request, sam)]:
        entry = {"event": "redaction_proposed", "by": by_staff(by), "redaction": NEXT}
        refused("rights_redaction_on_record", request, proposed(by), **entry)


def test_no_copy_is_answered_while_something_waits_to_be_left_out(real_world, request_of_ada):
    leave_out(real_world, write(real_world, request_of_ada), "Called")
    search(real_world, request_of_ada)
    refused("rights_answer_waits_for_redaction", request_of_ada, answered())
