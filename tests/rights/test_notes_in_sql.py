"""Internal notes past the services, as somebody with the application's password would try; Ben is on the scene, too."""

import pytest
from django.db import DatabaseError

from consents.law.kinds import Type
from consents.rights.models import Mention, Note, Redaction, RightsRequest
from consents.rights.services.requester_actions import appeal_answer
from tests.rights.handling import REFUSED
from tests.rights.in_sql import act, answered, change, insert, refused
from tests.rights.noting import decide, leave_out, write
from tests.world.erasing import erase
from tests.world.rights_requests import answer, by_staff, file, search
from tests.world.scene_fixtures import scene

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
